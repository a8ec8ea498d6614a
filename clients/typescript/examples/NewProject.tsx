import { useProjectSession } from "assembly-service-client/drafts";

const TEXTS = ["projectName", "clientName", "buildingType"] as const;

export function NewProject() {
  const { projectData, updateSession, commit, saveState, isCommitting, error, project } = useProjectSession();
  if (project) return <p role="status">{project.projectName} is created.</p>;
  return (
    <form onSubmit={(event) => (event.preventDefault(), void commit())}>
      {TEXTS.map((name) => (
        <label key={name}>
          {name}{" "}
          <input
            value={projectData[name] ?? ""}
            onChange={({ target }) => updateSession({ projectData: { [name]: target.value || null } })}
          />{" "}
          {error?.fields[name]}
        </label>
      ))}
      <button disabled={isCommitting}>Create</button>
      <p role="status">{error?.message ?? saveState}</p>
    </form>
  );
}
