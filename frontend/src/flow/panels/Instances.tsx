import type { Flow, Instance } from "../api/types";
import { age, counted } from "../format";
import { Panel } from "./Panel";

const ROLES: Record<string, string> = {
  all: "receives messages and serves clients",
  worker: "receives messages",
  web: "serves clients",
};

/** More have to be scrolled. */
const SHOWN = 3;

/** The instances of the deployment, as far as they are known; the first one answered. */
export function Instances({ flow: { instance, instances, timestamp } }: { flow: Flow }) {
  return (
    <Panel title={instances.length === 1 ? "Instance" : "Instances"}>
      <ul
        className="instances"
        {...(instances.length > SHOWN && { tabIndex: 0, "aria-label": "Instances by name" })}
      >
        {instances.map((each, n) => (
          <li key={`${each.id} ${each.startedAt}`} className={each.isLive ? "" : "silent"}>
            <strong>{each.id}</strong>
            <span>
              {ROLES[each.role] ?? each.role}, version {each.version}
            </span>
            <span>{n === 0 ? uptime(each, timestamp) : heard(each, timestamp)}</span>
          </li>
        ))}
      </ul>
      <p className="note">
        All other rates, outcomes and connections on this page are those of {instance.id}.
      </p>
    </Panel>
  );
}

function uptime({ startedAt, connections }: Instance, now: string): string {
  return `up for ${age(startedAt, now)}, ${counted(connections, "connection")}`;
}

function heard(instance: Instance, now: string): string {
  const ago = age(instance.lastHeardAt, now);
  if (!instance.isLive) return `silent: heard of last ${ago} ago`;
  return `${uptime(instance, instance.lastHeardAt)}, heard of ${ago} ago`;
}
