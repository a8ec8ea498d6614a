import type { Flow } from "../api/types";
import { age } from "../format";
import { Panel } from "./Panel";

const ROLES: Record<string, string> = {
  all: "receives messages and serves clients",
  worker: "receives messages",
  web: "serves clients",
};

/** The instances of the deployment, as far as they are known. */
export function Instances({ flow: { instance, instances, timestamp } }: { flow: Flow }) {
  return (
    <Panel title={instances.length === 1 ? "Instance" : "Instances"}>
      <ul className="instances">
        {instances.map(({ id, role, lastHeardAt }) => (
          <li key={id}>
            <strong>{id}</strong>
            <span>
              {ROLES[role] ?? role}
              {id === instance.id
                ? `, version ${instance.version}, up for ${age(instance.startedAt, timestamp)}`
                : `, heard ${age(lastHeardAt, timestamp)} ago`}
            </span>
          </li>
        ))}
      </ul>
      <p className="note">Rates, outcomes and connections are those of {instance.id}.</p>
    </Panel>
  );
}
