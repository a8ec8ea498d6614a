import type { components } from "../../openapi.js";
import { DraftError } from "../errors.js";
import type { CatalogueProduct } from "./calls.js";

type Schemas = components["schemas"];

/** A draft as the service stores it. */
export type ProductSession = Schemas["StoredProductSession"];
export type ProductSessionState = Schemas["ProductSessionState"];
export type ProductProgress = Schemas["ProductSessionProgress"];
export type ProductResult = Pick<Schemas["CommitSuccess"], "productGuid" | "targetGuid" | "productCode">;
export type CommitResult = Schemas["CommitResult"];
export type ProductAction = "create" | "resume" | "product" | "target" | "commit";

export interface ProductDraftSnapshot {
  /** The draft as it is stored; null until there is one. It stays when it has expired. */
  readonly session: ProductSession | null;
  /** Null without a draft, and once it is gone. */
  readonly state: ProductSessionState | null;
  readonly steps: ProductProgress["steps"];
  /** 25 without a product, 50 with one, 75 with its target, 100 committed; 0 without a draft. */
  readonly percent: 0 | ProductProgress["progressPercent"];
  readonly canCommit: boolean;
  readonly expiresAt: string | null;
  /** What is being done. */
  readonly loading: ProductAction | null;
  /** What failed last; null once something succeeds. */
  readonly error: DraftError | null;
  /** The ids, once product and target exist. */
  readonly result: ProductResult | null;
  /**
   * Whether the draft is gone: it has expired, or another product was made of it elsewhere. Another
   * one may be created, with what was typed.
   */
  readonly isExpired: boolean;
}

/** The snapshot without a draft. */
export const NO_DRAFT: ProductDraftSnapshot = {
  session: null,
  state: null,
  steps: { productAdded: false, targetConfigured: false, committed: false },
  percent: 0,
  canCommit: false,
  expiresAt: null,
  loading: null,
  error: null,
  result: null,
  isExpired: false,
};

const COMMITTABLE: readonly string[] = ["product-added", "target-configured", "failed"];

/** What a stored draft makes of the snapshot. */
export function shown(session: ProductSession): Omit<ProductDraftSnapshot, "loading"> {
  const { state, expiresAt } = session;
  const committed = state === "committed";
  const productAdded = committed || session.product !== undefined;
  // The answer to a product does not say which target another tab has configured.
  const targetConfigured = state === "target-configured" || session.audienceTarget !== undefined;
  const isOpen = targetConfigured ? 75 : productAdded ? 50 : 25;
  return {
    session,
    state,
    steps: { productAdded, targetConfigured, committed },
    percent: committed ? 100 : isOpen,
    canCommit: COMMITTABLE.includes(state) && productAdded,
    expiresAt,
    error: state === "failed" ? commitFailed(session) : null,
    result: resultOf(session),
    isExpired: false,
  };
}

/** What the progress of a draft makes of the snapshot. */
export function shownProgress(
  session: ProductSession,
  progress: ProductProgress,
): Partial<ProductDraftSnapshot> {
  const { state, errors, fields, steps, progressPercent, canCommit } = progress;
  return {
    ...shown({ ...session, state, errors, fields, ...resultOf(progress) }),
    steps,
    percent: progressPercent,
    canCommit,
  };
}

/** The draft with the outcome of its commit. */
export function withOutcome(session: ProductSession, outcome: CommitResult): ProductSession {
  if (!outcome.success) {
    return { ...session, state: "failed", errors: outcome.errors, fields: outcome.fields };
  }
  return { ...session, state: "committed", errors: [], fields: {}, ...resultOf(outcome) };
}

/** The draft as what became of it, found in the catalogue. */
export function asCommitted(session: ProductSession, product: CatalogueProduct): ProductSession {
  const { productGuid, productCode, osot_table_audience_targetid: targetGuid } = product;
  return { ...session, state: "committed", errors: [], fields: {}, productGuid, targetGuid, productCode };
}

/** Whether a call failed because the draft is gone, as opposed to a service without drafts. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof DraftError) || error.status !== 404) return false;
  return typeof error.body === "object" && error.body !== null && "sessionId" in error.body;
}

/** Whether a step was refused for the state of the draft, as opposed to what was sent. */
export function isOutOfStep(error: unknown): boolean {
  if (!(error instanceof DraftError) || Object.keys(error.fields).length > 0) return false;
  return error.status === 400 || error.status === 409;
}

/** Whether a commit may have succeeded, or may succeed still, though its call failed. */
export function mayHaveCommitted(error: unknown): boolean {
  return error instanceof DraftError && (error.isTransient || error.status === 409);
}

export function isUnanswered(error: unknown): boolean {
  return error instanceof DraftError && error.status === null;
}

/** Where a commit is that was sent from here; one that is lost may not have arrived. */
export type SentCommit = "underway" | "answered" | "lost";

/** Whether the service's state of a draft is news: until a commit arrives, it is that of before. */
export function isNews(state: ProductSessionState, commit: SentCommit): boolean {
  if (state === "committing" || state === "committed") return true;
  return commit === "answered" || (commit === "lost" && state === "failed");
}

function commitFailed({ errors, fields, ...body }: ProductSession): DraftError {
  const message = errors.join(": ") || "Nothing was written.";
  return new DraftError({ status: 200, code: "commit_failed", message, errors, fields, body });
}

function resultOf(said: Partial<ProductResult>): ProductResult | null {
  const { productGuid, targetGuid, productCode } = said;
  if (!productGuid || !targetGuid || !productCode) return null;
  return { productGuid, targetGuid, productCode };
}
