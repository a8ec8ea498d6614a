import { useEffect } from "react";
import { useRouteError } from "react-router";

/** What is shown in place of a page that broke. */
export function Failure() {
  const error = useRouteError();
  useEffect(() => console.error(error), [error]);
  return (
    <main className="page narrow">
      <title>Something broke · assembly-service</title>
      <h1>This page broke</h1>
      <p>
        Load it again. If it breaks again, please report what the browser&rsquo;s console says.
      </p>
      <p>
        <button className="button" onClick={() => window.location.reload()}>
          Load again
        </button>
      </p>
    </main>
  );
}
