import { ConfirmDialog } from "../../shared";
import type { Wizard } from "./useWizard";

/** Offers to begin again when the draft is gone, with what was typed. */
export function DraftGone({ wizard }: { wizard: Wizard }) {
  return (
    <ConfirmDialog
      title="This draft has expired"
      confirm="Begin again"
      isPending={wizard.isPending}
      onConfirm={() => void wizard.beginAgain()}
      onClose={wizard.leaveGone}
    >
      <p>
        Drafts live for a limited time on the service. What you typed is still here: you can begin
        again with it.
      </p>
    </ConfirmDialog>
  );
}
