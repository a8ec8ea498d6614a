/** While it is published. */
export function Publishing() {
  return (
    <div className="publishing" role="status">
      <p>
        <strong>The product is being published.</strong>
      </p>
      <p className="note">
        It takes a few seconds, and longer if the service is not there at the moment. You may load
        this page again or close it: product and audience are made together or not at all.
      </p>
    </div>
  );
}
