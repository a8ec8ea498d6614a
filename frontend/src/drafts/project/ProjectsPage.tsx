import { type InfiniteData, useInfiniteQuery, type UseInfiniteQueryResult } from "@tanstack/react-query";
import { DraftError, type Project, type ProjectList } from "assembly-service-client/drafts";
import { Button } from "react-aria-components";
import { Link } from "react-router";
import { DraftPage, type FieldSet, isEmpty, isForbidden, Refusal, useFields } from "../shared";
import { timeInWords, valueInWords } from "../shared/words";
import { projectsOptions } from "./queries";
import "./project.css";

/** The projects of the person who is signed in, and those that belong to nobody. */
export function Component() {
  return (
    <DraftPage title="Projects">
      <Projects />
    </DraftPage>
  );
}

function Projects() {
  const list = useInfiniteQuery(projectsOptions);
  return (
    <>
      {!isForbidden(list.error) && (
        <p>
          <Link className="button primary" to="/drafts/project">
            New project
          </Link>
        </p>
      )}
      <Found list={list} />
    </>
  );
}

function Found({ list }: { list: UseInfiniteQueryResult<InfiniteData<ProjectList>> }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = list;
  const fields = useFields("ProjectData");
  if (error instanceof DraftError && data === undefined) {
    return <Refusal error={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined || fields === null) return <p role="status">Loading the projects.</p>;
  const projects = data.pages.flatMap((page) => page.projects);
  if (projects.length === 0) return <p className="note">There are no projects yet.</p>;
  return (
    <>
      <ul className="records">
        {projects.map((project) => (
          <ProjectLine key={project.id} project={project} fields={fields} />
        ))}
      </ul>
      {error instanceof DraftError && <Refusal error={error} onRetry={() => void fetchNextPage()} />}
      {hasNextPage && (
        <Button
          className="button"
          isPending={isFetchingNextPage}
          isDisabled={isForbidden(error)}
          onPress={() => void fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </>
  );
}

function ProjectLine({ project, fields }: { project: Project; fields: FieldSet }) {
  const facts = ["projectLocation", "buildingType", "squareFootage"] as const;
  return (
    <li className="record">
      <Link to={`/drafts/projects/${project.id}`}>{project.projectName}</Link>
      {facts.map((name) => (
        <span key={name}>
          {!isEmpty(project[name]) && valueInWords(fields.get(name), project[name])}
          {name === "squareFootage" && " sq ft"}
        </span>
      ))}
      <span className="note">{timeInWords(project.createdAt)}</span>
    </li>
  );
}
