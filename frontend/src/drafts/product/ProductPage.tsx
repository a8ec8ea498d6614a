import { DraftPage } from "../shared";

/** A product and its audience. */
export function Component() {
  return (
    <DraftPage title="Product">
      <p>This page is being built.</p>
    </DraftPage>
  );
}
