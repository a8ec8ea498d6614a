/** A product and its audience. */
export function Component() {
  return (
    <div className="page narrow">
      <title>Product · assembly-service</title>
      <h1>Product</h1>
    </div>
  );
}
