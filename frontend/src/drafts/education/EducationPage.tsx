import { DraftPage } from "../shared";

/** Registers an education. */
export function Component() {
  return (
    <DraftPage title="Education">
      <p>This page is being built.</p>
    </DraftPage>
  );
}
