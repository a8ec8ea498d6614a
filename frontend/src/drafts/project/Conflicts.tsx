import type { ProjectConflict, ProjectField, ProjectSession } from "assembly-service-client/drafts";
import { Button } from "react-aria-components";
import type { FieldSet } from "../shared";
import { focusOn } from "./focus";
import { valueText } from "./format";

/** What was changed here and elsewhere, side by side, until somebody chooses. */
export function Conflicts({ session, fields }: { session: ProjectSession; fields: FieldSet }) {
  const { conflicts, keepMine, takeTheirs } = session;

  function choose(field: ProjectField, how: typeof keepMine) {
    how(field);
    focusOn(field);
  }

  return (
    <div role="status">
      {conflicts.map((conflict) => {
        const { field, mine, theirs } = conflict;
        const title = titleOf(conflict, fields);
        return (
          <section key={field} className="conflict" aria-label={`${title} was changed elsewhere too`}>
            <p>
              <strong>{title}</strong> was changed elsewhere too.
            </p>
            <dl>
              <div>
                <dt>Here</dt>
                <dd>{textOf(conflict, mine, fields)}</dd>
              </div>
              <div>
                <dt>Elsewhere</dt>
                <dd>{textOf(conflict, theirs, fields)}</dd>
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

const LISTS: Partial<Record<string, string>> = { uploadedFiles: "Documents", connectors: "Sources" };

function titleOf({ field }: ProjectConflict, fields: FieldSet): string {
  return LISTS[field] ?? (fields.has(field) ? fields.get(field).title : field);
}

function textOf({ field }: ProjectConflict, value: unknown, fields: FieldSet): string {
  const text = Array.isArray(value) ? namesIn(value) : null;
  return text ?? (fields.has(field) ? valueText(fields.get(field), value) : null) ?? "Empty";
}

function namesIn(entries: readonly { name?: string; type?: string }[]): string {
  return entries.map(({ name, type }) => name ?? type).join(", ") || "Empty";
}
