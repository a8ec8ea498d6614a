import { DraftPage } from "../shared";

/** The products of the organisation. */
export function Component() {
  return (
    <DraftPage title="Products">
      <p>This page is being built.</p>
    </DraftPage>
  );
}
