/** Prepares a product and its audience, step by step. */
export function Component() {
  return (
    <div className="page narrow">
      <title>New product · assembly-service</title>
      <h1>New product</h1>
    </div>
  );
}
