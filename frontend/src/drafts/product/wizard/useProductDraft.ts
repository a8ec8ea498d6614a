import { ProductDraft, useDraftClient } from "assembly-service-client/drafts";
import { useState, useSyncExternalStore } from "react";

/** A draft of this page, and what is known of it. */
export function useProductDraft() {
  const client = useDraftClient();
  const [draft] = useState(() => new ProductDraft(client));
  return { draft, snapshot: useSyncExternalStore(draft.subscribe, draft.getSnapshot) };
}
