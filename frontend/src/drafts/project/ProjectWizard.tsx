import { DraftPage } from "../shared";

/** Prepares a project, step by step. */
export function Component() {
  return (
    <DraftPage title="New project">
      <p>This page is being built.</p>
    </DraftPage>
  );
}
