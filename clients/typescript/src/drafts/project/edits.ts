import type { components } from "../../openapi.js";

type Schemas = components["schemas"];

export type ProjectData = Schemas["ProjectData"];
export type ProjectDataChanges = Schemas["ProjectDataChanges"];
export type ProjectField = keyof ProjectData;
export type ProjectSessionRecord = Schemas["Session"];

/** What is changed; a field that is null is removed, and what is absent stays. */
export interface ProjectChanges {
  readonly projectData?: ProjectDataChanges;
  readonly currentStep?: number;
  readonly completedSteps?: readonly number[];
}

/** A field that was changed here and elsewhere. */
export interface ProjectConflict {
  readonly field: ProjectField;
  /** Null if it was removed. */
  readonly mine: unknown;
  readonly theirs: unknown;
}

/** The fields of a project, and the two of the wizard beside them. */
export type Values = Readonly<Record<string, unknown>>;
const STEP = "currentStep";
const COMPLETED = "completedSteps";

/** What the service has, and what was typed over it since. It calls nobody. */
export class ProjectEdits {
  /** Of the session; 0 as long as nothing was read. */
  version = 0;
  #stored: Values = {};
  #unsaved: Values = {};
  /** What fields were before they were changed here and elsewhere, until somebody decides. */
  readonly #contested = new Map<string, unknown>();
  /** What the service will never store, as it is. */
  readonly #refused = new Map<string, unknown>();
  /** Each tab has a position of its own; the session's is that of the last one. */
  #step: number | undefined;

  get values(): Values {
    const all = Object.entries({ ...this.#stored, ...this.#unsaved });
    return Object.fromEntries(all.filter(([, value]) => (value ?? null) !== null));
  }

  get projectData(): ProjectData {
    const { [STEP]: _, [COMPLETED]: __, ...data } = this.values;
    return data;
  }

  get currentStep(): number {
    return this.#step ?? (this.values[STEP] as number | undefined) ?? 1;
  }

  get completedSteps(): readonly number[] {
    return (this.values[COMPLETED] as readonly number[] | undefined) ?? [];
  }

  get conflicts(): readonly ProjectConflict[] {
    return [...this.#contested.keys()].map((field) => {
      const theirs = this.#stored[field] ?? null;
      return { field: field as ProjectField, mine: this.#unsaved[field], theirs };
    });
  }

  /** What is unsaved, but for what the service will never store. */
  get storable(): Values {
    const all = Object.entries(this.#unsaved).filter(([field]) => !this.#refused.has(field));
    return Object.fromEntries(all);
  }

  get isUnsaved(): boolean {
    return Object.keys(this.#unsaved).length > 0;
  }

  /** What the unsaved fields were before they were changed here. */
  get bases(): Values {
    const fields = Object.keys(this.#unsaved);
    return Object.fromEntries(fields.map((field) => [field, this.#baseOf(field)]));
  }

  /** What was typed into fields of the project, and is not saved. */
  get unsavedData(): ProjectDataChanges {
    return asChanges(this.#unsaved).projectData ?? {};
  }

  type({ projectData, currentStep, completedSteps }: ProjectChanges): void {
    this.#step = currentStep ?? this.#step;
    const sorted = completedSteps && [...new Set(completedSteps)].sort((one, other) => one - other);
    const typed = { ...projectData, [STEP]: currentStep, [COMPLETED]: sorted };
    for (const [field, value] of Object.entries(typed)) {
      if (value === undefined) continue;
      this.#refused.delete(field);
      if (isSame(value, this.#stored[field])) this.forget(field);
      else this.#unsaved = { ...this.#unsaved, [field]: value };
    }
  }

  /** Go on from what was kept: all values, and what the unsaved ones were before. */
  restore(values: Values, bases: Values): void {
    this.#stored = { ...values, ...bases };
    const fields = Object.keys(bases);
    this.#unsaved = Object.fromEntries(fields.map((field) => [field, values[field] ?? null]));
    if (STEP in bases) this.#step = values[STEP] as number | undefined;
  }

  /** What can be saved now; null if there is nothing. */
  sendable(): Values | null {
    const decided = Object.entries(this.storable).filter(([field]) => !this.#contested.has(field));
    return decided.length > 0 ? Object.fromEntries(decided) : null;
  }

  saved(sent: Values, version: number): void {
    this.version = version;
    this.#stored = { ...this.#stored, ...sent };
    for (const [field, value] of Object.entries(sent)) {
      if (isSame(this.#unsaved[field], value)) this.forget(field);
    }
  }

  /** Do not send these again before they are changed; all of them, if none is named. */
  refuse(sent: Values, named: Iterable<string>): void {
    const fields = [...named].filter((field) => field in sent);
    for (const field of fields.length ? fields : Object.keys(sent)) {
      this.#refused.set(field, sent[field]);
    }
  }

  get isRefused(): boolean {
    return this.#refused.size > 0;
  }

  /** Take in what the service has now: fields that are unsaved here stay as they were typed. */
  merge(session: ProjectSessionRecord): void {
    const { currentStep, completedSteps } = session;
    const now: Values = { ...session.projectData, currentStep, completedSteps };
    for (const [field, mine] of Object.entries(this.#unsaved)) {
      const [before, theirs] = [this.#baseOf(field), now[field]];
      if (isSame(mine, theirs)) this.forget(field);
      else if (field === COMPLETED) this.#mergeCompleted(mine, theirs);
      else if (isSame(before, theirs)) this.#contested.delete(field);
      else if (field !== STEP) this.#contested.set(field, before);
    }
    this.#stored = now;
    this.#step ??= currentStep;
    this.version = session.version;
  }

  /** Everything is new to the service: the session that had it is gone. */
  startOver(): void {
    const values = this.values;
    this.version = 0;
    this.#stored = {};
    this.#unsaved = values;
    this.#contested.clear();
  }

  keepMine(field: ProjectField): void {
    this.#contested.delete(field);
  }

  takeTheirs(field: ProjectField): void {
    if (this.#contested.has(field)) this.forget(field);
  }

  /** Drop what was typed here. */
  forget(field: string): void {
    const { [field]: _, ...others } = this.#unsaved;
    this.#unsaved = others;
    this.#contested.delete(field);
    this.#refused.delete(field);
  }

  #baseOf(field: string): unknown {
    const from = this.#contested.has(field) ? this.#contested.get(field) : this.#stored[field];
    return from ?? null;
  }

  /** Steps are completed, never the reverse: what both completed counts. */
  #mergeCompleted(mine: unknown, theirs: unknown): void {
    const completedSteps = [...(mine as number[]), ...((theirs ?? []) as number[])];
    this.type({ completedSteps });
  }
}

/** The form of a call: the fields of the project apart from those of the wizard. */
export function asChanges(values: Values): ProjectChanges {
  const { [STEP]: currentStep, [COMPLETED]: completedSteps, ...projectData } = values;
  return {
    ...(Object.keys(projectData).length > 0 ? { projectData } : {}),
    ...(currentStep === undefined ? {} : { currentStep: currentStep as number }),
    ...(completedSteps === undefined ? {} : { completedSteps: completedSteps as number[] }),
  };
}

/** Whether two values are the same JSON; absent and null are. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
