/** The draft systems to choose from. */
export function Component() {
  return (
    <div className="page narrow">
      <title>Drafts · assembly-service</title>
      <h1>Drafts</h1>
    </div>
  );
}
