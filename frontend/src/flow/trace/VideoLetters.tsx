import type { Trace } from "../api/types";
import { LetterList } from "../letters/LetterList";
import { Panel } from "../panels/Panel";
import "../letters/letters.css";

interface VideoLettersProps {
  letters: Trace["deadLetters"];
  onBusyChange: (isBusy: boolean) => void;
}

/** The dead letters of the video, with what helps. */
export function VideoLetters({ letters, onBusyChange }: VideoLettersProps) {
  if (letters?.length === 0) return null;
  return (
    <Panel title="Dead letters">
      {letters === null ? (
        <p>They cannot be read at the moment.</p>
      ) : (
        <LetterList letters={letters} onOpenChange={onBusyChange} />
      )}
    </Panel>
  );
}
