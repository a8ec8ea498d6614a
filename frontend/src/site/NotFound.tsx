import { Link } from "react-router";

/** For an address that no page has. */
export function NotFound() {
  return (
    <div className="page narrow">
      <title>Not found · assembly-service</title>
      <h1>There is no page at this address</h1>
      <p>
        Check it for a mistake, or <Link to="/">choose a shop</Link>.
      </p>
    </div>
  );
}
