import { useQuery } from "@tanstack/react-query";
import { DraftError } from "assembly-service-client/drafts";
import { Link, useLocation, useParams } from "react-router";
import { DraftPage, queryClient, Refusal, useFields } from "../shared";
import { timeInWords } from "../shared/words";
import { ProjectFacts } from "./ProjectFacts";
import { projectOptions } from "./queries";
import "./project.css";

const STATUSES = { draft: "Draft", in_review: "In review", approved: "Approved", rejected: "Rejected" };

/** A project. */
export function Component() {
  const { id = "" } = useParams();
  // Read below, where the service is known to have projects.
  const { data } = useQuery({ ...projectOptions(id), enabled: false }, queryClient);
  return (
    <DraftPage
      title={data?.projectName ?? "Project"}
      back={{ to: "/drafts/projects", words: "All projects" }}
    >
      <ProjectById id={id} />
    </DraftPage>
  );
}

function ProjectById({ id }: { id: string }) {
  const { data: project, error, refetch } = useQuery(projectOptions(id));
  const fields = useFields("ProjectData");
  const state = useLocation().state as { isNew?: boolean } | null;
  if (error instanceof DraftError) return <Refusal error={error} onRetry={() => void refetch()} />;
  if (project === undefined || fields === null) return <p role="status">Loading the project.</p>;
  return (
    <>
      {state?.isNew && (
        <p role="status" className="created">
          The project was created.
        </p>
      )}
      <p className="note">
        {STATUSES[project.status]} · created {timeInWords(project.createdAt)} · id{" "}
        <code>{project.id}</code>
      </p>
      <ProjectFacts data={project} fields={fields} />
      <Link className="button" to="/drafts/project">
        New project
      </Link>
    </>
  );
}
