import type { components } from "../../openapi.js";
import type { DraftError } from "../errors.js";
import type { Project } from "./calls.js";
import { isSame, type ProjectConflict, type ProjectData, type ProjectDataChanges } from "./edits.js";
import type { ProjectSync } from "./sync.js";

export type SaveState = "saved" | "saving" | "unsaved" | "offline";

export interface ProjectDraftSnapshot {
  /** Null as long as nothing was typed, and after the commit. */
  readonly sessionId: string | null;
  /** The data as they are here, with what is not saved yet. */
  readonly projectData: ProjectData;
  readonly currentStep: number;
  readonly completedSteps: readonly number[];
  /** Whether each step was valid at the last answer. */
  readonly validationStatus: components["schemas"]["ValidationStatus"] | null;
  readonly expiresAt: string | null;
  /** Nothing is known yet, neither from the service nor from this browser. */
  readonly loading: boolean;
  readonly saveState: SaveState;
  /** When it was saved last, in milliseconds since 1970. */
  readonly savedAt: number | null;
  /** Fields that were changed both here and elsewhere. They are not saved before somebody decides. */
  readonly conflicts: readonly ProjectConflict[];
  readonly isCommitting: boolean;
  /** The project that the draft has become. */
  readonly project: Project | null;
  /**
   * What was typed here and is not in `project`: it was created, here or in another tab, before
   * this was saved. To begin another draft with it, give it to `updateSession`.
   */
  readonly lateChanges: ProjectDataChanges | null;
  /** Why a call failed. An auto-save that will be retried leaves it alone. */
  readonly error: DraftError | null;
}

export const NO_PROJECT_DRAFT: ProjectDraftSnapshot = {
  sessionId: null,
  projectData: {},
  currentStep: 1,
  completedSteps: [],
  validationStatus: null,
  expiresAt: null,
  loading: true,
  saveState: "saved",
  savedAt: null,
  conflicts: [],
  isCommitting: false,
  project: null,
  lateChanges: null,
  error: null,
};

interface Traffic {
  readonly isSaving: boolean;
  /** The last call had no answer. */
  readonly isOffline: boolean;
}

/** What a snapshot says otherwise, now that a session and the service are so far. */
export function changesOf(
  before: ProjectDraftSnapshot,
  { edits, id, isLoaded, project, lateChanges, facts }: ProjectSync,
  traffic: Traffic,
): Partial<ProjectDraftSnapshot> {
  return {
    sessionId: id,
    projectData: unlessSame(before.projectData, edits.projectData),
    currentStep: edits.currentStep,
    completedSteps: unlessSame(before.completedSteps, edits.completedSteps),
    conflicts: unlessSame(before.conflicts, edits.conflicts),
    loading: before.loading && !isLoaded,
    saveState: saveStateOf(edits.isUnsaved, before.isCommitting, traffic),
    project,
    lateChanges,
    validationStatus: facts.validationStatus ?? null,
    expiresAt: facts.expiresAt ?? null,
  };
}

function saveStateOf(
  isUnsaved: boolean,
  isCommitting: boolean,
  { isSaving, isOffline }: Traffic,
): SaveState {
  if (isUnsaved && isSaving) return "saving";
  // A commit has something to send too.
  if (isOffline && (isUnsaved || isCommitting)) return "offline";
  return isUnsaved ? "unsaved" : "saved";
}

/** Return the earlier object if both are equal, so that comparing by identity works. */
function unlessSame<Value>(before: Value, after: Value): Value {
  return isSame(before, after) ? before : after;
}
