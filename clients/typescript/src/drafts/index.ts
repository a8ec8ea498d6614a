export {
  createDraftClient,
  type DraftAnswer,
  type DraftClient,
  type DraftClientOptions,
  type DraftRequest,
} from "./client.js";
export { DraftError } from "./errors.js";
export { type DraftStorage, KeptDraft } from "./storage.js";
export { DraftClientProvider, type DraftClientProviderProps, useDraftClient } from "./react/provider.js";
export { type ExpirationPhase, type ExpirationTimer, useExpirationTimer } from "./react/expiration.js";
export { type DraftPersistence, useDraftPersistence } from "./react/persistence.js";
export { useUnsavedChanges } from "./react/unsaved.js";
