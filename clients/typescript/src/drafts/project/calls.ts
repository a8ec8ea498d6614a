import type { components } from "../../openapi.js";
import type { DraftClient } from "../client.js";
import { DraftError } from "../errors.js";
import { asChanges, type ProjectChanges, type ProjectSessionRecord, type Values } from "./edits.js";

type Schemas = components["schemas"];

export type Project = Schemas["Project"];
export type ProjectList = Schemas["ProjectList"];
export type StepValidation = Schemas["StepValidation"];

const SESSIONS = "/api/project-session";
const PROJECTS = "/api/projects";
/** Of the newest projects, where a commit whose answer was lost is looked for. */
const MOST_LOOKED_AT = 50;

/** The calls of project sessions and projects. Each throws DraftError. */
export class ProjectCalls {
  readonly #client: DraftClient;

  constructor(client: DraftClient) {
    this.#client = client;
  }

  async create(values: Values): Promise<Schemas["CreatedSession"]> {
    const body = asChanges(values);
    return (await this.#client.call<Schemas["CreatedSession"]>("POST", SESSIONS, { body })).body;
  }

  async read(id: string): Promise<ProjectSessionRecord> {
    return (await this.#client.call<ProjectSessionRecord>("GET", sessionPath(id))).body;
  }

  async save(
    id: string,
    values: Values,
    { version, keepalive }: { version: number; keepalive: boolean },
  ): Promise<Schemas["SavedSession"]> {
    const body = asChanges(values);
    const request = { body, ifMatch: `"${version}"`, keepalive };
    return (await this.#client.call<Schemas["SavedSession"]>("PUT", sessionPath(id), request)).body;
  }

  /** What is wrong with a step, if `data` were saved. */
  async validate(
    id: string,
    step: number,
    data: ProjectChanges["projectData"] = {},
  ): Promise<StepValidation> {
    try {
      const path = `${sessionPath(id)}/validate`;
      return (await this.#client.call<StepValidation>("POST", path, { body: { step, data } })).body;
    } catch (error) {
      // A step that is invalid is answered with 400, and with the same body.
      if (error instanceof DraftError && isValidation(error.body)) return error.body;
      throw error;
    }
  }

  async commit(id: string): Promise<Project> {
    const path = `${sessionPath(id)}/commit`;
    return (await this.#client.call<Schemas["CreatedProject"]>("POST", path)).body.project;
  }

  async remove(id: string): Promise<void> {
    await this.#client.call("DELETE", sessionPath(id));
  }

  async project(id: string): Promise<Project> {
    return (await this.#client.call<Project>("GET", `${PROJECTS}/${encodeURIComponent(id)}`)).body;
  }

  /** The project that a session became, also after the session is gone; null if there is none. */
  async projectOf(sessionId: string): Promise<Project | null> {
    try {
      const { projectId } = await this.read(sessionId);
      return projectId === undefined ? null : await this.project(projectId);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    const path = `${PROJECTS}?limit=${MOST_LOOKED_AT}`;
    const { projects } = (await this.#client.call<ProjectList>("GET", path)).body;
    return projects.find((project) => project.sourceSessionId === sessionId) ?? null;
  }
}

const GONE = new Set(["SESSION_NOT_FOUND", "SESSION_EXPIRED", "INVALID_SESSION_ID"]);

/** Whether this person has no such session. A 404 from something else does not say so. */
export function isGone(error: unknown): error is DraftError {
  return error instanceof DraftError && GONE.has(error.code);
}

function sessionPath(id: string): string {
  return `${SESSIONS}/${encodeURIComponent(id)}`;
}

function isValidation(body: unknown): body is StepValidation {
  return typeof body === "object" && body !== null && "valid" in body;
}
