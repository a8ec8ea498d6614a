import { useQuery } from "@tanstack/react-query";
import { DraftError } from "assembly-service-client/drafts";
import { Link, useLocation, useParams } from "react-router";
import { DraftPage, Refusal, useFields } from "../shared";
import { ProjectFacts } from "./ProjectFacts";
import { projectOptions } from "./queries";
import "./project.css";

const STATUSES = { draft: "Draft", in_review: "In review", approved: "Approved", rejected: "Rejected" };

/** A project. */
export function Component() {
  return (
    <DraftPage title="Project">
      <ProjectById id={useParams()["id"] ?? ""} />
    </DraftPage>
  );
}

function ProjectById({ id }: { id: string }) {
  const { data: project, error, refetch } = useQuery(projectOptions(id));
  const fields = useFields("ProjectData");
  const state = useLocation().state as { isNew?: boolean } | null;
  if (error instanceof DraftError) return <Refusal error={error} onRetry={() => void refetch()} />;
  if (project === undefined || fields === null) return <p role="status">Reading the project</p>;
  return (
    <>
      {state?.isNew && (
        <p role="status" className="created">
          The project was created.
        </p>
      )}
      <h2>{project.projectName}</h2>
      <p className="lead">
        {STATUSES[project.status]} · created {new Date(project.createdAt).toLocaleString()}
      </p>
      <ProjectFacts data={project} fields={fields} />
      <p className="note">
        Id <code>{project.id}</code>
      </p>
      <div className="buttons">
        <Link className="button" to="/drafts/projects">
          All projects
        </Link>
        <Link className="button" to="/drafts/project">
          Another project
        </Link>
      </div>
    </>
  );
}
