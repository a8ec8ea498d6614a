"use client";

import { useState, useSyncExternalStore } from "react";
import { ProductDraft } from "../product/product-draft.js";
import type { ProductDraftSnapshot } from "../product/state.js";
import { useDraftClient } from "./provider.js";

type Members = Pick<
  ProductDraft,
  "resume" | "addProduct" | "commit" | "publish" | "checkProgress" | "discard"
>;

export interface ProductOrchestrator extends ProductDraftSnapshot, Members {
  readonly createSession: ProductDraft["create"];
  readonly addTarget: ProductDraft["configureTarget"];
}

/** A product draft with everything that is known of it, and its steps. */
export function useProductOrchestrator(): ProductOrchestrator {
  const draft = useProductDraft();
  return {
    ...useSnapshot(draft),
    createSession: draft.create,
    addProduct: draft.addProduct,
    addTarget: draft.configureTarget,
    commit: draft.commit,
    publish: draft.publish,
    checkProgress: draft.checkProgress,
    resume: draft.resume,
    discard: draft.discard,
  };
}

export interface ProductCreation
  extends Pick<ProductDraftSnapshot, "state" | "error" | "loading" | "result" | "isExpired">,
    Pick<ProductDraft, "addProduct" | "configureTarget" | "commit" | "publish"> {
  readonly sessionId: string | null;
  readonly startSession: ProductDraft["create"];
}

/** The same, with what it takes to make a product alone. */
export function useProductCreation(): ProductCreation {
  const draft = useProductDraft();
  const { session, state, error, loading, result, isExpired } = useSnapshot(draft);
  return {
    sessionId: session?.sessionId ?? null,
    state,
    error,
    loading,
    result,
    isExpired,
    startSession: draft.create,
    addProduct: draft.addProduct,
    configureTarget: draft.configureTarget,
    commit: draft.commit,
    publish: draft.publish,
  };
}

function useProductDraft(): ProductDraft {
  const client = useDraftClient();
  const [draft] = useState(() => new ProductDraft(client));
  return draft;
}

function useSnapshot(draft: ProductDraft): ProductDraftSnapshot {
  return useSyncExternalStore(draft.subscribe, draft.getSnapshot, draft.getSnapshot);
}
