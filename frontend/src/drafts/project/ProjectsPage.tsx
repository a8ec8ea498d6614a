/** The projects of the person who is signed in. */
export function Component() {
  return (
    <div className="page narrow">
      <title>Projects · assembly-service</title>
      <h1>Projects</h1>
    </div>
  );
}
