import { useProjectSession } from "assembly-service-client/drafts";
import { Navigate } from "react-router";
import { DraftPage, queryClient, Refusal, useFields } from "../shared";
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

function NewProject() {
  const session = useProjectSession();
  const fields = useFields("ProjectData");
  const { project, loading, error, save } = session;
  if (project !== null) {
    queryClient.setQueryData(projectOptions(project.id).queryKey, project);
    return <Navigate to={`/drafts/projects/${project.id}`} state={{ isNew: true }} replace />;
  }
  if (!loading && fields !== null) return <Wizard session={session} fields={fields} />;
  if (error !== null) return <Refusal error={error} onRetry={() => void save()} />;
  return <p role="status">Reading your draft</p>;
}
