import type { components } from "../../openapi.js";
import type { DraftError } from "../errors.js";

type Schemas = components["schemas"];

export type EducationInput = Schemas["EducationInput"];
export type EducationStageInput = Schemas["EducationStageInput"];
export type EducationChanges = Schemas["EducationUpdateInput"]["educationData"];
export type EducationSession = Schemas["EducationSession"];
export type EducationRecord = Schemas["EducationRecord"];
export type EducationStaged = Schemas["EducationStaged"];
export type EducationChecked = Schemas["EducationChecked"];
export type EducationLinked = Schemas["EducationLinked"];
export type EducationCreated = Schemas["EducationCreated"];
export type EducationExecuted = Schemas["EducationExecuted"];
/** What answers a call that creates the record. */
export type EducationConcluded = EducationCreated | EducationExecuted;
export type EducationResult =
  | EducationStaged
  | EducationChecked
  | EducationLinked
  | EducationConcluded;
/** A session in the list of a member. */
export type EducationListed = Schemas["EducationSessions"]["sessions"][number];
/** What the service says to do next. */
export type EducationAction = EducationSession["nextAction"];

export interface EducationSnapshot {
  /** The current session, even while it cannot be read; null when it is over. */
  readonly sessionId: string | null;
  /** The session as it is stored; null until it is read, and when it is over. */
  readonly session: EducationSession | null;
  /** Whether something is being done. */
  readonly loading: boolean;
  /** Whether there is no answer yet, and the service is asked again and again. */
  readonly isWaiting: boolean;
  /** The last failure; null once something succeeds. Broken rules are in `result` instead. */
  readonly error: DraftError | null;
  /** What the last step answered. */
  readonly result: EducationResult | null;
  /** The record, once it exists. */
  readonly record: EducationRecord | null;
  /** The sessions of the member that was last asked for. */
  readonly sessions: readonly EducationListed[] | null;
  /** What the service says to do next; null when nothing is left to do. */
  readonly nextAction: EducationAction | null;
  /** What the service says to do about the error. */
  readonly recoverySuggestions: readonly string[];
  /** What is wrong, by the error if there is one, else by the session. */
  readonly errors: readonly string[];
  /** The first of these sentences about each field, by its name. */
  readonly fields: Readonly<Record<string, string>>;
}

type Derived = "nextAction" | "recoverySuggestions" | "errors" | "fields";
type Known = Omit<EducationSnapshot, Derived>;

const NOTHING_KNOWN: Known = {
  sessionId: null,
  session: null,
  loading: false,
  isWaiting: false,
  error: null,
  result: null,
  record: null,
  sessions: null,
};

/** The snapshot without a session. */
export const NO_REGISTRATION: EducationSnapshot = withDerived(NOTHING_KNOWN);

/** The snapshot that follows from what is known. */
export function withDerived(known: Known): EducationSnapshot {
  const { error } = known;
  const { errors, fields } = mistakes(known);
  const said = (error?.body ?? {}) as Partial<Schemas["EducationError"]>;
  return {
    ...known,
    nextAction: said.nextAction ?? nextAction(known),
    recoverySuggestions: said.recoverySuggestions ?? [],
    errors,
    fields,
  };
}

function mistakes({ session, error }: Known): Pick<EducationSnapshot, "errors" | "fields"> {
  if (error?.errors.length) return error;
  return session ?? { errors: [], fields: {} };
}

function nextAction({ session, result, record }: Known): EducationAction | null {
  const last = session ?? result;
  if (last?.status === "workflow_completed") return null;
  if (session === null && record !== null) return null;
  return last?.nextAction ?? "stage_data";
}
