import { Link } from "react-router";
import type { DraftSystem } from "./systems";

/** For a system that is switched off. */
export function AbsentSystem({ system }: { system: DraftSystem }) {
  return (
    <div className="refusal" role="alert">
      <p>
        This service has no {system.name}: set <code>{system.setting}=true</code> and start it
        again.
      </p>
      <p>
        <Link to="/drafts">See what it has</Link>
      </p>
    </div>
  );
}
