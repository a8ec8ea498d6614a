import { DraftPage } from "../shared";

/** The projects of the person who is signed in. */
export function Component() {
  return (
    <DraftPage title="Projects">
      <p>This page is being built.</p>
    </DraftPage>
  );
}
