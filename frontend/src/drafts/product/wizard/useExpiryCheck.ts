import { type ProductDraft, useExpirationTimer } from "assembly-service-client/drafts";
import { useEffect, useSyncExternalStore } from "react";
import type { useExclusive } from "./useExclusive";
import { isForPeople } from "./useRefusals";
import type { useSaving } from "./useSaving";

/** The clocks of a browser and the service may differ by some seconds. */
const AGAIN_MS = 2_000;

interface ExpiryCheck {
  draft: ProductDraft;
  exclusively: ReturnType<typeof useExclusive>["exclusively"];
  reach: ReturnType<typeof useSaving>["reach"];
}

/** Asks the service whether a draft has expired, from when it seems so here until it has. */
export function useExpiryCheck({ draft, exclusively, reach }: ExpiryCheck): void {
  const { expiresAt, state, error } = useSyncExternalStore(draft.subscribe, draft.getSnapshot);
  const { phase } = useExpirationTimer(expiresAt);
  const isOpen = state !== null && state !== "committing" && state !== "committed";
  const isAsked = phase === "expired" && isOpen && !isForPeople(error);
  useEffect(() => {
    if (!isAsked) return;
    const ask = () => void exclusively(() => reach(draft.checkProgress));
    ask();
    const timer = setInterval(ask, AGAIN_MS);
    return () => clearInterval(timer);
  }, [draft, exclusively, reach, isAsked]);
}
