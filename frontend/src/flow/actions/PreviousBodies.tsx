import { Button } from "react-aria-components";
import type { PreviousBody } from "../api/types";

/** Offers the bodies as they were before a repair; nobody else has them. */
export function PreviousBodies({ bodies }: { bodies: readonly PreviousBody[] }) {
  return (
    <>
      <p>Keep the old bodies in case the repair was a mistake: nobody else has them.</p>
      <Button className="button" onPress={() => download(bodies)}>
        Download the old bodies
      </Button>
    </>
  );
}

/** Saves them as a file with a line of JSON for each. */
function download(bodies: readonly PreviousBody[]): void {
  const lines = bodies.map((each) => `${JSON.stringify(each)}\n`);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(lines, { type: "application/jsonl" }));
  link.download = `dead-letters-${new Date().toISOString().replaceAll(/[:.]/g, "-")}.jsonl`;
  link.click();
  URL.revokeObjectURL(link.href);
}
