import type { Problem } from "../api/types";
import { age, dayAndTime } from "../format";
import { Prose } from "../Prose";
import { Panel } from "./Panel";

/** What is wrong, in words, newest first. */
export function Problems({ problems, now }: { problems: readonly Problem[]; now: string }) {
  return (
    <Panel title="Problems" className="problems-panel">
      {problems.length === 0 ? (
        <p className="all-well">Nothing is wrong.</p>
      ) : (
        <ul className="problems" tabIndex={0} aria-label="Problems, newest first">
          {problems.map(({ at, sentence }) => (
            <li key={`${at} ${sentence}`}>
              <time dateTime={at} title={dayAndTime(at)}>
                {at === now ? "now" : `${age(at, now)} ago`}
              </time>
              <span>
                <Prose>{sentence}</Prose>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
