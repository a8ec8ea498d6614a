// The project sessions in memory, as their contract says: merges by key, versions, 409, 410, 404.
import { vi } from "vitest";
import { createDraftClient, type DraftClient, type DraftStorage } from "../../src/drafts/index.js";

const LATENCY_MS = 10;
const SESSIONS = "/api/project-session";

interface Session {
  data: Record<string, unknown>;
  currentStep: number;
  completedSteps: number[];
  version: number;
  projectId?: string;
  committing?: true;
}

interface Refusal {
  status: number;
  body?: object;
  headers?: Record<string, string>;
}

export class FakeProjects {
  readonly sessions = new Map<string, Session>();
  readonly projects: { id: string; sourceSessionId: string; projectName?: unknown }[] = [];
  /** What came in: `PUT {...}`, without the id; `GET` of sessions are left out. */
  readonly calls: string[] = [];
  /** Answers of the next calls, instead of the service's own. */
  readonly refusals: Refusal[] = [];
  /** The network: nothing arrives, or no answer comes back. */
  isDown = false;
  losesAnswers = false;
  reads = 0;
  isExpired = false;

  constructor() {
    vi.stubGlobal("fetch", this.fetch);
  }

  /** What a page asked for that was reloaded before the answer came. */
  beginCommit(id: string): void {
    this.#session(id).committing = true;
  }

  /** What another browser makes of a session. */
  becomeProject(id: string): { readonly id: string } {
    this.#commit(id, this.#session(id));
    return { id: this.#session(id).projectId ?? "" };
  }

  /** What another browser does. */
  edit(id: string, data: Record<string, unknown>): void {
    this.#save(this.#session(id), { projectData: data });
  }

  data(id = [...this.sessions.keys()].at(-1) ?? ""): Record<string, unknown> {
    return this.#session(id).data;
  }

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const method = init.method ?? "GET";
    const { pathname } = new URL(url);
    const body = JSON.parse(String(init.body ?? "{}")) as Record<string, unknown>;
    const isRead = method === "GET" && pathname.startsWith(SESSIONS);
    if (isRead) this.reads += 1;
    else this.calls.push(called(method, pathname, body));
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
    if (this.isDown) throw new TypeError("fetch failed");
    const refusal = this.refusals.shift();
    if (refusal) return answer(refusal.status, refusal.body ?? {}, refusal.headers);
    const answered = this.#answer(method, pathname, body, new Headers(init.headers));
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
    if (this.losesAnswers) throw new TypeError("fetch failed");
    return answered;
  };

  #answer(method: string, path: string, body: Record<string, unknown>, headers: Headers): Response {
    if (path === "/api/projects") return answer(200, { projects: this.projects });
    if (path.startsWith("/api/projects/")) {
      return answer(200, this.projects.find(({ id }) => path.endsWith(id)) ?? {});
    }
    if (method === "POST" && path === SESSIONS) return this.#create(body);
    const [id = "", verb] = path.slice(SESSIONS.length + 1).split("/");
    const session = this.sessions.get(id);
    if (!session) return answer(404, { error: "Session not found", code: "SESSION_NOT_FOUND" });
    if (this.isExpired) return answer(410, { error: "Session expired", code: "SESSION_EXPIRED" });
    if (verb === "commit") return this.#commit(id, session);
    if (verb === "validate") return validated({ ...session.data, ...(body["data"] as object) });
    if (method === "GET") return answer(200, shown(id, session));
    if (session.projectId) return answer(409, { code: "ALREADY_COMMITTED" });
    if (method === "DELETE") {
      this.sessions.delete(id);
      return answer(200, { success: true });
    }
    const expected = headers.get("If-Match");
    if (expected !== null && expected !== `"${session.version}"`) {
      return answer(409, { code: "VERSION_CONFLICT", details: { version: session.version } });
    }
    this.#save(session, body);
    return answer(200, shown(id, session));
  }

  #create(body: Record<string, unknown>): Response {
    const id = `session-${this.sessions.size + 1}`;
    const session = { data: {}, currentStep: 1, completedSteps: [], version: 0 };
    this.sessions.set(id, session);
    this.isExpired = false;
    this.#save(session, body);
    return answer(201, shown(id, session));
  }

  #save(session: Session, body: Record<string, unknown>): void {
    const { projectData, ...wizard } = body;
    const data = Object.entries({ ...session.data, ...(projectData as object) });
    Object.assign(session, wizard, { data: Object.fromEntries(data.filter(([, it]) => it !== null)) });
    session.version += 1;
  }

  #commit(id: string, session: Session): Response {
    const replayed = session.projectId !== undefined;
    if (!replayed) {
      session.projectId = `project-${this.projects.length + 1}`;
      this.projects.push({ id: session.projectId, sourceSessionId: id, ...session.data });
    }
    const project = this.projects.find((each) => each.sourceSessionId === id);
    return answer(replayed ? 200 : 201, { success: true, project, ...(replayed ? { replayed } : {}) });
  }

  #session(id: string): Session {
    const session = this.sessions.get(id);
    if (!session) throw new Error(`there is no session ${id}`);
    return session;
  }
}

function called(method: string, path: string, body: Record<string, unknown>): string {
  const verb = path.replace(/^.*(commit|validate)$/, "$1");
  const what = verb === path ? method : verb;
  return Object.keys(body).length ? `${what} ${JSON.stringify(body)}` : what;
}

function shown(id: string, { data, ...session }: Session): object {
  return { ...session, sessionId: id, projectData: data, expiresAt: "2026-11-19T06:00:00.000Z" };
}

function validated(data: Record<string, unknown>): Response {
  const errors = data["projectName"] ? [] : ["Project name is required"];
  const body = { valid: errors.length === 0, errors, warnings: [] };
  return answer(errors.length === 0 ? 200 : 400, body);
}

function answer(status: number, body: object, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}

/** A browser: what is in its storage lasts over reloads, and its tabs hear of each other. */
export class FakeBrowser {
  readonly items = new Map<string, string>();
  /** Whether its storage has no room. */
  isFull = false;

  /** A tab of it, which tells the others what it writes. */
  client(owner: string | null = null): DraftClient {
    const write = (key: string, change: () => void) => {
      change();
      queueMicrotask(() => dispatchEvent(Object.assign(new Event("storage"), { key })));
    };
    const storage: DraftStorage = {
      getItem: (key) => this.items.get(key) ?? null,
      setItem: (key, value) => {
        if (this.isFull) throw new DOMException("Full.", "QuotaExceededError");
        write(key, () => this.items.set(key, value));
      },
      removeItem: (key) => write(key, () => this.items.delete(key)),
    };
    return createDraftClient({ url: "http://drafts.test", token: () => null, storage, owner });
  }

  get sessionId(): string | null {
    return this.items.get("projectSessionId") ?? null;
  }
}
