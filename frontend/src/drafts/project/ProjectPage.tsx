import { DraftPage } from "../shared";

/** A project. */
export function Component() {
  return (
    <DraftPage title="Project">
      <p>This page is being built.</p>
    </DraftPage>
  );
}
