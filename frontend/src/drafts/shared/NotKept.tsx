import { useDraftClient } from "assembly-service-client/drafts";

/** Says so where the browser keeps nothing of what is typed. */
export function NotKept() {
  if (useDraftClient().keepsText) return null;
  return (
    <div className="notice caution">
      <p>
        This browser forbids its storage, or has no room in it. What you type is not kept: it is gone when
        you leave this page or load it again.
      </p>
    </div>
  );
}
