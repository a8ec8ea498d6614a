import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { redrive } from "../api/calls";
import { deadLettersOptions } from "../api/queries";
import type { DeadLetter, Edit, RedriveRequest, SetAside } from "../api/types";
import { eventOf, fieldsOf } from "../edits";
import { ActionDialog } from "./ActionDialog";
import { EditForm } from "./EditForm";
import { RedriveAnswer } from "./RedriveAnswer";

interface RepairDialogProps {
  letter: SetAside & Partial<DeadLetter>;
  onClose: () => void;
}

/** Changes fields of one dead letter, shows the difference, and puts it back. */
export function RepairDialog({ letter, onClose }: RepairDialogProps) {
  const [wanted, setWanted] = useState<RedriveRequest | null>(null);
  const { queue, reason, detail, messageId } = letter;
  const { data } = useQuery({
    ...deadLettersOptions({ queue, reason }),
    enabled: letter.body === undefined,
  });
  const body =
    letter.body ?? data?.deadLetters.find((each) => each.messageId === messageId)?.body ?? "";

  function preview(edits: Edit[]) {
    setWanted({ queue, messageId, edits });
  }

  return (
    <ActionDialog
      title="Repair this dead letter and put it back"
      wanted={wanted}
      call={redrive}
      describe={(answer, isDone) => <RedriveAnswer answer={answer} isDone={isDone} />}
      confirmation={({ putBack }) => (putBack === 0 ? null : "Repair and put back")}
      onClose={onClose}
    >
      <p className="letter-detail">{detail}</p>
      <EditForm
        detail={detail}
        fields={fieldsOf(eventOf(body))}
        onChange={() => setWanted(null)}
        onPreview={preview}
      />
    </ActionDialog>
  );
}
