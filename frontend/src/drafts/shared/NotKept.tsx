import { useKeepsText } from "assembly-service-client/drafts";

/** Says so while the browser does not keep what is typed. */
export function NotKept() {
  const keepsText = useKeepsText();
  return (
    <div role="status">
      {!keepsText && (
        <div className="notice caution">
          <p>
            This browser forbids its storage, or has no room in it. What you type is not kept: it is gone
            when you leave this page or load it again.
          </p>
        </div>
      )}
    </div>
  );
}
