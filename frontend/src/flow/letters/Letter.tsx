import { useId } from "react";
import { Link } from "react-router";
import type { DeadLetter, SetAside } from "../api/types";
import { dayAndTime, words } from "../format";
import { tracePath } from "../videos";
import { pretty } from "./pretty";

interface LetterProps {
  letter: SetAside & Partial<DeadLetter>;
  onRepair: () => void;
  onPutBack: () => void;
}

/** A dead letter: why it is one, of which video it is, what can be done. */
export function Letter({ letter, onRepair, onPutBack }: LetterProps) {
  const { queue, reason, detail, sellerHandle, videoId, messageId, body } = letter;
  const title = useId();
  return (
    <article className="letter" aria-labelledby={title}>
      <h3 className="letter-title" id={title}>
        {words(reason)} <span>{queue} queue</span>
      </h3>
      {detail && <p className="letter-detail">{detail}</p>}
      <p className="note">
        {sellerHandle && videoId && (
          <>
            <Link to={tracePath({ seller: sellerHandle, video: videoId })}>
              {sellerHandle}, video {videoId}
            </Link>
            {", "}
          </>
        )}
        <When letter={letter} />
        {`message ${messageId}`}
      </p>
      {body !== undefined && (
        <details>
          <summary>Body</summary>
          <pre tabIndex={0}>{pretty(body)}</pre>
        </details>
      )}
      <p className="letter-actions">
        <button className="button small" onClick={onRepair} aria-describedby={title}>
          Repair and put back
        </button>
        <button className="button small" onClick={onPutBack} aria-describedby={title}>
          Put back as it is
        </button>
      </p>
    </article>
  );
}

/** When the service set it aside; of what SQS moved only the sending is known. */
function When({ letter: { quarantinedAt, sentAt } }: Pick<LetterProps, "letter">) {
  const at = quarantinedAt ?? sentAt;
  if (at === null) return null;
  return (
    <>
      {quarantinedAt === null ? "sent " : "quarantined "}
      <time dateTime={at}>{dayAndTime(at)}</time>
      {", "}
    </>
  );
}
