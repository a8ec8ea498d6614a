import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import { RedriveDialog } from "../actions/RedriveDialog";
import { RepairDialog } from "../actions/RepairDialog";
import type { DeadLetter, SetAside } from "../api/types";
import { Letter } from "./Letter";

/** So many are shown on a narrow screen until somebody asks for more. */
const SHOWN_AT_FIRST = 5;

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
  const [isShort, setIsShort] = useState(true);
  const next = useRef<HTMLLIElement>(null);

  function choose(wanted: Chosen<One> | null) {
    setChosen(wanted);
    onOpenChange?.(wanted !== null);
  }

  function showAll() {
    // The button goes away, and the focus must not get lost with it.
    flushSync(() => setIsShort(false));
    next.current?.focus();
  }

  const close = () => choose(null);
  return (
    <>
      <ul className={`letters ${isShort ? "short" : ""}`}>
        {letters.map((letter, n) => (
          <li
            key={letter.messageId}
            {...(n === SHOWN_AT_FIRST && { ref: next, tabIndex: -1 })}
          >
            <Letter
              letter={letter}
              onRepair={() => choose({ letter, action: "repair" })}
              onPutBack={() => choose({ letter, action: "put back" })}
            />
          </li>
        ))}
      </ul>
      {isShort && letters.length > SHOWN_AT_FIRST && (
        <button className="button show-all" onClick={showAll}>
          Show all {letters.length}
        </button>
      )}
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
