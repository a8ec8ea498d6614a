import type { Trace } from "../api/types";
import { dayAndTime } from "../format";
import { Panel } from "../panels/Panel";

/** What happened to the video, oldest first. */
export function Steps({ steps }: Pick<Trace, "steps">) {
  if (steps.length === 0) return null;
  return (
    <Panel title="What happened">
      <ol className="trace-steps">
        {steps.map(({ at, what }) => (
          <li key={`${at} ${what}`}>
            <time dateTime={at}>{dayAndTime(at)}</time>
            <span>{what}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
