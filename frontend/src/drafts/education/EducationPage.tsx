/** Registers an education. */
export function Component() {
  return (
    <div className="page narrow">
      <title>Education · assembly-service</title>
      <h1>Education</h1>
    </div>
  );
}
