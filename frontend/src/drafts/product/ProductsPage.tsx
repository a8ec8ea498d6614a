/** The products of the organisation. */
export function Component() {
  return (
    <div className="page narrow">
      <title>Products · assembly-service</title>
      <h1>Products</h1>
    </div>
  );
}
