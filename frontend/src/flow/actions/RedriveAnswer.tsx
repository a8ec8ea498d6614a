import type { Redriven } from "../api/types";
import { counted } from "../format";
import { Differences } from "./Differences";
import { PreviousBodies } from "./PreviousBodies";

/** What a redrive would do, or has done. */
export function RedriveAnswer({ answer, isDone }: { answer: Redriven; isDone: boolean }) {
  const { left, complete, refused, differences, previousBodies } = answer;
  return (
    <>
      <p>
        <strong>{sentenceOf(answer, isDone)}</strong>
        {left > 0 && ` ${counted(left, "dead letter stays", "dead letters stay")}.`}
        {!complete && " There are more than go at once: do it again afterwards."}
      </p>
      {refused.length > 0 && (
        <ul className="refused">
          {refused.map((sentence, n) => (
            <li key={n}>{sentence}</li>
          ))}
        </ul>
      )}
      {!isDone && differences.length > 0 && <Differences differences={differences} />}
      {isDone && previousBodies.length > 0 && <PreviousBodies bodies={previousBodies} />}
    </>
  );
}

function sentenceOf({ putBack, refused }: Redriven, isDone: boolean): string {
  if (isDone) return `${counted(putBack, "letter was", "letters were")} put back.`;
  if (putBack > 0) return `${counted(putBack, "letter goes", "letters go")} back.`;
  return refused.length > 0
    ? "Nothing goes back."
    : "Nothing was found: it is gone, or another reader has it for a moment. Look again.";
}
