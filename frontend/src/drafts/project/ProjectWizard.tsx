/** Prepares a project, step by step. */
export function Component() {
  return (
    <div className="page narrow">
      <title>New project · assembly-service</title>
      <h1>New project</h1>
    </div>
  );
}
