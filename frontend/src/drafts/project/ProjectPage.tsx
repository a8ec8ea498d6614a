/** A project. */
export function Component() {
  return (
    <div className="page narrow">
      <title>Project · assembly-service</title>
      <h1>Project</h1>
    </div>
  );
}
