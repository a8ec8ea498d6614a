import { DraftPage } from "../shared";

/** A registered education. */
export function Component() {
  return (
    <DraftPage title="Education record">
      <p>This page is being built.</p>
    </DraftPage>
  );
}
