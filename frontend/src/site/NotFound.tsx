import { Link } from "react-router";
import { isFlowAlone } from "./address";

/** For an address that no page has. */
export function NotFound() {
  return (
    <div className="page narrow">
      <title>Not found · assembly-service</title>
      <h1>There is no page at this address</h1>
      <p>
        Check it for a mistake, or{" "}
        {isFlowAlone ? <Link to="/flow">see what flows</Link> : <Link to="/">choose a shop</Link>}.
      </p>
    </div>
  );
}
