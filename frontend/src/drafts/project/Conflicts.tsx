import type { ProjectField, ProjectSession } from "assembly-service-client/drafts";
import { Button } from "react-aria-components";
import type { FieldSet } from "../shared";
import { focusOn } from "./focus";
import { textOf, titleOf } from "./words";

/** What was changed here and elsewhere, side by side, until somebody chooses. */
export function Conflicts({ session, fields }: { session: ProjectSession; fields: FieldSet }) {
  const { conflicts, keepMine, takeTheirs } = session;

  function choose(field: ProjectField, how: typeof keepMine) {
    how(field);
    focusOn(field);
  }

  return (
    <div role="status">
      {conflicts.map(({ field, mine, theirs }) => {
        const title = titleOf(field, fields);
        return (
          <section key={field} className="conflict" aria-label={`${title} was changed elsewhere too`}>
            <p>
              <strong>{title}</strong> was changed elsewhere too.
            </p>
            <dl className="fact-list">
              <div>
                <dt>Here</dt>
                <dd>{textOf(field, mine, fields)}</dd>
              </div>
              <div>
                <dt>Elsewhere</dt>
                <dd>{textOf(field, theirs, fields)}</dd>
              </div>
            </dl>
            <div className="conflict-buttons">
              <Button className="button small" onPress={() => choose(field, keepMine)}>
                Keep mine
              </Button>
              <Button className="button small" onPress={() => choose(field, takeTheirs)}>
                Take the other
              </Button>
            </div>
          </section>
        );
      })}
    </div>
  );
}
