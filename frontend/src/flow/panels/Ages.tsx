import type { Staging } from "../api/types";
import { age, counted, figure, time } from "../format";
import { Panel } from "./Panel";

const AGES = [
  ["under1Minute", "Under a minute"],
  ["under1Hour", "Under an hour"],
  ["under1Day", "Under a day"],
  ["older", "Older"],
] as const;

/** How long halves have been waiting for their other half. */
export function Ages({ staging, now }: { staging: Staging | null; now: string }) {
  return (
    <Panel title="Halves waiting">
      {staging === null ? <p>The staging table cannot be read.</p> : <Bars staging={staging} />}
      {staging !== null && <Notes staging={staging} now={now} />}
    </Panel>
  );
}

function Bars({ staging: { byAge } }: { staging: Staging }) {
  const most = Math.max(1, ...AGES.map(([name]) => byAge[name]));
  return (
    <ul className="bars">
      {AGES.map(([name, label]) => (
        <li key={name}>
          <span>{label}</span>
          <span className="bar" aria-hidden="true">
            <span style={{ width: `${(100 * byAge[name]) / most}%` }} />
          </span>
          <strong>{figure(byAge[name])}</strong>
        </li>
      ))}
    </ul>
  );
}

function Notes({ staging, now }: { staging: Staging; now: string }) {
  const { oldestSince, orphaned, complete, readAt } = staging;
  return (
    <p className="note">
      {complete === false && "At least this many: the table is too long to be counted often. "}
      {oldestSince !== null && `The oldest has been waiting for ${age(oldestSince, now)}. `}
      {orphaned > 0 && `${counted(orphaned, "half has", "halves have")} waited in vain: `}
      {orphaned > 0 && <code>assembly-service orphans</code>}
      {orphaned > 0 && " lists them. "}
      {readAt !== undefined && `Counted at ${time(readAt)}.`}
    </p>
  );
}
