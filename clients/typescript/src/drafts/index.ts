export {
  createDraftClient,
  type DraftAnswer,
  type DraftClient,
  type DraftClientOptions,
  type DraftRequest,
} from "./client.js";
export { EducationRegistration, type EducationStep } from "./education/registration.js";
export { isSameEducation } from "./education/data.js";
export type {
  EducationAction,
  EducationChanges,
  EducationChecked,
  EducationCreated,
  EducationExecuted,
  EducationInput,
  EducationLinked,
  EducationListed,
  EducationRecord,
  EducationResult,
  EducationSession,
  EducationSnapshot,
  EducationStaged,
  EducationStageInput,
} from "./education/state.js";
export { DraftError } from "./errors.js";
export { ProductDraft } from "./product/product-draft.js";
export {
  type AudienceTargetInput,
  type CatalogueProduct,
  type CatalogueProductList,
  getProduct,
  listProducts,
  type ProductChanges,
  type ProductFilters,
  type ProductInput,
  updateProduct,
  updateTarget,
} from "./product/calls.js";
export type { ProductStep } from "./product/session-calls.js";
export { checkCode, type CodeCheck, proposeCode } from "./product/codes.js";
export type {
  ProductAction,
  ProductDraftSnapshot,
  ProductProgress,
  ProductResult,
  ProductSession,
  ProductSessionState,
} from "./product/state.js";
export { ProjectDraft } from "./project/project-draft.js";
export type { Project, ProjectList, StepValidation } from "./project/calls.js";
export type {
  ProjectChanges,
  ProjectConflict,
  ProjectData,
  ProjectField,
} from "./project/edits.js";
export type { ProjectDraftSnapshot, SaveState } from "./project/snapshot.js";
export { type DraftStorage, KeptDraft } from "./storage.js";
export { DraftClientProvider, type DraftClientProviderProps, useDraftClient } from "./react/provider.js";
export { type UsedEducationRegistration, useEducationRegistration } from "./react/education.js";
export { type ExpirationPhase, type ExpirationTimer, useExpirationTimer } from "./react/expiration.js";
export { useKeepsText } from "./react/keeps-text.js";
export { type DraftPersistence, useDraftPersistence } from "./react/persistence.js";
export {
  type ProductCreation,
  type ProductOrchestrator,
  useProductCreation,
  useProductOrchestrator,
} from "./react/product.js";
export { type ProjectSession, useProjectSession } from "./react/project.js";
export { useUnsavedChanges } from "./react/unsaved.js";
