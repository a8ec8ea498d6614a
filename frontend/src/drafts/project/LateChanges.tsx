import {
  type Project,
  type ProjectSession,
  useKeepsText,
  useUnsavedChanges,
} from "assembly-service-client/drafts";
import { useEffect, useRef } from "react";
import { Button } from "react-aria-components";
import { Link } from "react-router";
import type { FieldSet } from "../shared";
import { textOf, titleOf } from "./words";

interface LateChangesProps {
  session: ProjectSession;
  project: Project;
  fields: FieldSet | null;
}

/** Shows what was typed too late for the project, and lets people go on with it. */
export function LateChanges({ session, project, fields }: LateChangesProps) {
  const changes = session.lateChanges ?? {};
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  useUnsavedChanges(!useKeepsText());
  return (
    <>
      <h2 ref={heading} tabIndex={-1}>
        The project was created without your last changes
      </h2>
      <p>
        They were not saved yet when <strong>{project.projectName}</strong> was created:
      </p>
      {fields !== null && (
        <dl className="panel fact-list">
          {Object.entries(changes).map(([name, value]) => (
            <div key={name}>
              <dt>{titleOf(name, fields)}</dt>
              <dd>{textOf(name, value, fields)}</dd>
            </div>
          ))}
        </dl>
      )}
      <div className="buttons">
        <Button
          className="button primary"
          onPress={() => session.updateSession({ projectData: changes })}
        >
          Begin a new draft with them
        </Button>
        <Link
          className="button"
          to={`/drafts/projects/${project.id}`}
          onClick={() => void session.clearSession()}
        >
          Open the project without them
        </Link>
      </div>
    </>
  );
}
