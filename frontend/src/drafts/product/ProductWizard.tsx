import { DraftPage } from "../shared";

/** Prepares a product and its audience, step by step. */
export function Component() {
  return (
    <DraftPage title="New product">
      <p>This page is being built.</p>
    </DraftPage>
  );
}
