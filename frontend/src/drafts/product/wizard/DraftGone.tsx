import { ConfirmDialog } from "../../shared";
import type { Wizard } from "./useWizard";

/** Offers to begin again when the draft is gone, with what was typed. */
export function DraftGone({ wizard }: { wizard: Wizard }) {
  return (
    <ConfirmDialog
      title="This draft is gone"
      confirm="Begin again"
      isPending={wizard.isPending}
      onConfirm={() => void wizard.beginAgain()}
      onClose={wizard.leaveGone}
    >
      <p>
        It has expired, or a product was made from it in another tab. What you typed is still here:
        you can begin again with it.
      </p>
    </ConfirmDialog>
  );
}
