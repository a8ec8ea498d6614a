import { redrive } from "../api/calls";
import type { Selection } from "../api/types";
import { counted, words } from "../format";
import { ActionDialog } from "./ActionDialog";
import { RedriveAnswer } from "./RedriveAnswer";

/** Puts dead letters back into their queues as they are. */
export function RedriveDialog({
  selection,
  onClose,
}: {
  selection: Selection;
  onClose: () => void;
}) {
  return (
    <ActionDialog
      title={titleOf(selection)}
      wanted={selection}
      call={redrive}
      describe={(answer, isDone) => <RedriveAnswer answer={answer} isDone={isDone} />}
      confirmation={({ putBack }) =>
        putBack === 0 ? null : `Put back ${counted(putBack, "letter")}`
      }
      onClose={onClose}
    >
      <p>
        What goes back is processed again as it is. If it was refused, it is refused again unless
        the cause is gone: a seller was full, AWS had an outage, a release was wrong.
      </p>
    </ActionDialog>
  );
}

function titleOf({ queue, reason, messageId }: Selection): string {
  if (messageId !== undefined) return "Put this dead letter back";
  const which = reason === undefined ? "" : ` quarantined as ${words(reason)}`;
  const where = queue === undefined ? "of both queues" : `of the ${queue} queue`;
  return `Put back dead letters ${where}${which}`;
}
