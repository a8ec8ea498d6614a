export {
  createDraftClient,
  type DraftAnswer,
  type DraftClient,
  type DraftClientOptions,
  type DraftRequest,
} from "./client.js";
export { DraftError } from "./errors.js";
export { ProjectDraft } from "./project.js";
export type { Project, ProjectList, StepValidation } from "./project-calls.js";
export type {
  ProjectChanges,
  ProjectConflict,
  ProjectData,
  ProjectField,
} from "./project-edits.js";
export type { ProjectDraftSnapshot, SaveState } from "./project-snapshot.js";
export { type DraftStorage, KeptDraft } from "./storage.js";
export { DraftClientProvider, type DraftClientProviderProps, useDraftClient } from "./react/provider.js";
export { type ExpirationPhase, type ExpirationTimer, useExpirationTimer } from "./react/expiration.js";
export { type DraftPersistence, useDraftPersistence } from "./react/persistence.js";
export { type ProjectSession, useProjectSession } from "./react/project.js";
export { useUnsavedChanges } from "./react/unsaved.js";
