import { useState } from "react";
import { RedriveDialog } from "../actions/RedriveDialog";
import { RepairDialog } from "../actions/RepairDialog";
import type { DeadLetter, SetAside } from "../api/types";
import { Letter } from "./Letter";

interface Chosen<One> {
  letter: One;
  /** What is to be done with it. */
  action: "repair" | "put back";
}

/** Dead letters, each with what can be done about it; on a video's page they have no bodies. */
export function LetterList<One extends SetAside & Partial<DeadLetter>>({
  letters,
  onOpenChange,
}: {
  letters: readonly One[];
  /** Told whether a dialog is open. */
  onOpenChange?: (isOpen: boolean) => void;
}) {
  const [chosen, setChosen] = useState<Chosen<One> | null>(null);

  function choose(next: Chosen<One> | null) {
    setChosen(next);
    onOpenChange?.(next !== null);
  }

  const close = () => choose(null);
  return (
    <>
      <ul className="letters">
        {letters.map((letter) => (
          <li key={letter.messageId}>
            <Letter
              letter={letter}
              onRepair={() => choose({ letter, action: "repair" })}
              onPutBack={() => choose({ letter, action: "put back" })}
            />
          </li>
        ))}
      </ul>
      {chosen?.action === "repair" && <RepairDialog letter={chosen.letter} onClose={close} />}
      {chosen?.action === "put back" && (
        <RedriveDialog
          selection={{ queue: chosen.letter.queue, messageId: chosen.letter.messageId }}
          onClose={close}
        />
      )}
    </>
  );
}
