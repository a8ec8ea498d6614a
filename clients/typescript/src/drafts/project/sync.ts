import type { DraftClient } from "../client.js";
import { DraftError } from "../errors.js";
import { isGone, type Project, ProjectCalls, type StepValidation } from "./calls.js";
import {
  asChanges,
  isSame,
  type ProjectDataChanges,
  ProjectEdits,
  type ProjectSessionRecord,
  type Values,
} from "./edits.js";
import { KeptProject } from "./kept.js";

/** What answers tell of a session besides. */
type Facts = Partial<Pick<ProjectSessionRecord, "validationStatus" | "expiresAt">>;

export interface SyncListener {
  readonly changed: () => void;
  readonly saved: () => void;
  /** Some fields cannot be stored as they are. */
  readonly refused: (error: DraftError) => void;
  /** A commit is under way: of another tab, or of this one before it was reloaded. */
  readonly committing: () => void;
}

/** Edits, the browser and the service brought together, a call after the other. Throws DraftError. */
export class ProjectSync {
  readonly kept: KeptProject;
  edits = new ProjectEdits();
  id: string | null = null;
  facts: Facts = {};
  isLoaded = false;
  /** What the last session has become. */
  project: Project | null = null;
  /** What was typed and is not in `project`, as it was not saved when the session became it. */
  lateChanges: ProjectDataChanges | null = null;
  /** Why some fields cannot be stored as they are. */
  refusal: DraftError | null = null;
  readonly #calls: ProjectCalls;
  readonly #listener: SyncListener;

  constructor(client: DraftClient, listener: SyncListener) {
    this.kept = new KeptProject(client);
    this.#calls = new ProjectCalls(client);
    this.#listener = listener;
  }

  /** Read the session of this browser, unless that was done; if it is gone, begin another one. */
  async load(): Promise<void> {
    if (this.isLoaded) return;
    this.id = this.kept.id;
    await this.read();
    this.isLoaded = true;
    this.#listener.changed();
  }

  /** Take in what others saved. */
  async read(): Promise<void> {
    if (this.id === null) return;
    try {
      const session = await this.#calls.read(this.id);
      if (session.projectId !== undefined) {
        return this.#finish(await this.#calls.project(session.projectId));
      }
      const isNews = session.version !== this.edits.version || !this.isLoaded;
      if (isNews) this.edits.merge(session);
      if (isNews) this.kept.write(this.edits);
      this.#learn(session);
      if (session.committing) this.#listener.committing();
    } catch (error) {
      if (!isGone(error)) throw error;
      await this.#replace();
    }
  }

  /** Save what is unsaved; create a session if there is none. */
  async send(keepalive: boolean, isRepeated = false): Promise<void> {
    const values = this.edits.sendable();
    if (values === null) return;
    if (this.id === null) return this.create();
    try {
      const { version } = this.edits;
      const saved = await this.#calls.save(this.id, values, { version, keepalive });
      this.#saved(values, saved.version, saved);
    } catch (error) {
      if (isRepeated || !(await this.#isSettled(error, values))) throw error;
      await this.send(keepalive, true);
    }
  }

  /** Create a session with everything known here, unless another tab has done so. */
  async create(isRepeated = false): Promise<void> {
    if (this.kept.id !== null) {
      this.id = this.kept.id;
      return this.read();
    }
    const values = this.edits.sendable() ?? {};
    try {
      const created = await this.#calls.create(values);
      this.id = this.kept.id = created.sessionId;
      this.#saved(values, created.version, created);
    } catch (error) {
      if (isRepeated || !(await this.#isSettled(error, values))) throw error;
      await this.create(true);
    }
  }

  /** What is wrong with a step, apart from what cannot be stored at all. */
  async validate(step: number, isRepeated = false): Promise<StepValidation> {
    if (this.id === null) await this.create();
    const values = this.edits.storable;
    const { projectData } = asChanges(values);
    try {
      const validation = await this.#calls.validate(this.id ?? "", step, projectData);
      this.#learn(validation);
      return validation;
    } catch (error) {
      if (isRepeated || !(await this.#isSettled(error, values))) throw error;
      return this.validate(step, true);
    }
  }

  /** Commit the session, or find the project that it has become. */
  async commit(): Promise<Project> {
    const id = this.id ?? "";
    try {
      const project = await this.#calls.commit(id);
      this.#finish(project);
      return project;
    } catch (error) {
      if (!isGone(error)) throw error;
      const project = await this.#replace();
      if (project === null) throw error;
      return project;
    }
  }

  /** Another tab has dropped the session, or begun another one. */
  async follow(): Promise<void> {
    const { id } = this.kept;
    if (id === this.id) return;
    const project = this.id === null ? null : await this.#calls.projectOf(this.id);
    if (project !== null) return this.#finish(project);
    if (id === null) this.edits = new ProjectEdits();
    // What the former session has may be missing in this one, if two tabs have begun at once.
    else this.edits.startOver();
    this.id = id;
    await this.read();
    this.#listener.changed();
  }

  async remove(): Promise<void> {
    const id = this.id ?? this.kept.id;
    if (id === null) {
      // What another tab has not saved yet does not belong to the discarded draft.
      this.kept.leave({}, {});
      return this.#reset();
    }
    this.forget();
    try {
      await this.#calls.remove(id);
    } catch (error) {
      // It is gone, or has become a project: there is nothing left to remove.
      if (!(error instanceof DraftError && (error.status === 409 || isGone(error)))) throw error;
    }
  }

  /** Forget everything, unless the browser has another session by now. */
  forget(): void {
    if (this.kept.id === this.id || !this.isLoaded) this.kept.clear();
    this.#reset();
  }

  #reset(): void {
    this.project = null;
    this.lateChanges = null;
    this.facts = {};
    this.edits = new ProjectEdits();
    this.id = null;
    this.isLoaded = true;
    this.#listener.changed();
  }

  #saved(values: Values, version: number, facts: Facts): void {
    this.edits.saved(values, version);
    this.kept.adopt();
    this.kept.write(this.edits);
    this.#listener.saved();
    this.#learn(facts);
  }

  #learn({ validationStatus, expiresAt }: Facts): void {
    this.facts = {
      ...this.facts,
      ...(validationStatus && { validationStatus }),
      ...(expiresAt && { expiresAt }),
    };
    this.#listener.changed();
  }

  /** Whether a failed save may succeed if what is unsaved by then is sent once more. */
  async #isSettled(error: unknown, values: Values): Promise<boolean> {
    if (!(error instanceof DraftError)) return false;
    if (error.status === 400) {
      this.edits.refuse(values, Object.keys(error.fields));
      this.refusal = error;
      this.#listener.refused(error);
      return true;
    }
    const isOutdated = ["VERSION_CONFLICT", "ALREADY_COMMITTED"].includes(error.code);
    if (isOutdated) await this.read();
    else if (isGone(error)) await this.#replace();
    else return false;
    return true;
  }

  /** Find out which project the lost session has become, or else begin another one with all that is here. */
  async #replace(): Promise<Project | null> {
    const gone = this.id;
    const project = gone === null ? null : await this.#calls.projectOf(gone);
    if (project !== null) {
      this.#finish(project);
      return project;
    }
    if (this.kept.id === gone) {
      this.kept.id = null;
      this.id = null;
      this.edits.startOver();
      await this.create();
    } else await this.follow();
    return null;
  }

  #finish(project: Project): void {
    const late = this.#changesMissingIn(project);
    // Unless the browser has begun another draft by now.
    const isOwn = this.kept.id === this.id || this.kept.id === null || !this.isLoaded;
    if (isOwn) this.kept.leave(late ?? {}, project as Values);
    this.#reset();
    this.project = project;
    this.lateChanges = late;
    this.#listener.changed();
  }

  #changesMissingIn(project: Project): ProjectDataChanges | null {
    const has = project as Values;
    const typed = Object.entries(this.edits.unsavedData);
    const missing = typed.filter(([field, value]) => !isSame(value, has[field]));
    return missing.length > 0 ? Object.fromEntries(missing) : null;
  }
}
