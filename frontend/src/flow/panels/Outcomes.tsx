import { OUTCOMES, type Figure, type Outcome } from "../api/types";
import { figure } from "../format";
import { Panel } from "./Panel";

const MEANINGS: Record<Outcome, string> = {
  staged: "kept until the other half comes",
  assembled: "made a product",
  updated: "changed a product",
  duplicate: "known already",
  stale: "older than what is there",
  quarantined: "quarantined as a dead letter",
  retried: "handed back, to come again",
};

/** What became of the messages of the last minute. */
export function Outcomes({ outcomes }: { outcomes: Record<Outcome, Figure> }) {
  return (
    <Panel title="Outcomes a minute">
      <table className="outcomes">
        <thead className="unseen">
          <tr>
            <th scope="col">Outcome</th>
            <th scope="col">Messages a minute</th>
          </tr>
        </thead>
        <tbody>
          {OUTCOMES.map((outcome) => (
            <tr key={outcome} className={outcomes[outcome] === 0 ? "none" : outcome}>
              <th scope="row">
                {outcome} <span>{MEANINGS[outcome]}</span>
              </th>
              <td>{figure(outcomes[outcome])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
