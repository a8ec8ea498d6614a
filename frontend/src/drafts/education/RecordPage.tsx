/** A registered education. */
export function Component() {
  return (
    <div className="page narrow">
      <title>Education record · assembly-service</title>
      <h1>Education record</h1>
    </div>
  );
}
