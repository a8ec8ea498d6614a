import { pauseAfter } from "./api/pauses";
import { span, time } from "./format";

interface LiveStatusProps {
  /** The instant of the last answer; undefined before the first one. */
  readAt: string | undefined;
  /** How often the service has failed to answer since. */
  failures: number;
  failure: Error | null;
}

/** How up to date the page is. Only a change of this is announced, not each reading. */
export function LiveStatus({ readAt, failures, failure }: LiveStatusProps) {
  const isLost = failures > 0;
  const word = isLost ? "No answer" : readAt === undefined ? "Loading" : "Live";
  return (
    <div className="status-line">
      <p>
        <span className={`status-dot ${isLost ? "reconnecting" : "live"}`} aria-hidden="true" />
        <span role="status" className="status-word">
          {word}
        </span>
        {readAt !== undefined && <span>As of {time(readAt)}</span>}
      </p>
      {isLost && (
        <p>
          {failure?.message} This page asks again every {span(pauseAfter(failures - 1))}.
        </p>
      )}
    </div>
  );
}
