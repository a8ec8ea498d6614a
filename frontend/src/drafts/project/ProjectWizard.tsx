import { useQueryClient } from "@tanstack/react-query";
import { type Project, useProjectSession } from "assembly-service-client/drafts";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { DraftPage, Refusal, useFields } from "../shared";
import { LateChanges } from "./LateChanges";
import { projectOptions } from "./queries";
import { Wizard } from "./Wizard";

/** Prepares a project, step by step. */
export function Component() {
  return (
    <DraftPage title="New project">
      <NewProject />
    </DraftPage>
  );
}

/** Loaded beforehand: a service that stops right after the commit could not send it. */
const loadProjectPage = () => void import("./ProjectPage").catch(() => undefined);

function NewProject() {
  const session = useProjectSession();
  useEffect(loadProjectPage, []);
  const fields = useFields("ProjectData");
  const { project, lateChanges, loading, error, save } = session;
  if (project !== null) {
    if (lateChanges === null) return <GoToProject project={project} />;
    return <LateChanges session={session} project={project} fields={fields} />;
  }
  if (!loading && fields !== null) return <Wizard session={session} fields={fields} />;
  if (error !== null) return <Refusal error={error} onRetry={() => void save()} />;
  return <p role="status">Loading your draft.</p>;
}

function GoToProject({ project }: { project: Project }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => {
    queries.setQueryData(projectOptions(project.id).queryKey, project);
    void navigate(`/drafts/projects/${project.id}`, { state: { isNew: true }, replace: true });
  }, [queries, navigate, project]);
  return <p role="status">Opening the project.</p>;
}
