import type { ProductDraft } from "assembly-service-client/drafts";
import { useCallback, useEffect, useRef, useState } from "react";
import { audienceInput } from "../audience";
import { productInput } from "../productForm";
import type { Plan } from "./steps";
import { untilReached } from "./untilReached";
import type { WizardForms } from "./useForms";

interface Saving {
  draft: ProductDraft;
  forms: WizardForms;
}

/** Brings what was typed to the service, and waits for the network as long as it takes. */
export function useSaving({ draft, forms }: Saving) {
  const sent = useRef<{ sessionId?: string; product?: string; audience?: string }>({});
  const leaving = useRef(new AbortController());
  const [isOffline, setOffline] = useState(false);
  const [savedAt, setSavedAt] = useState<number | null>(null);

  const stopWaiting = useCallback(() => {
    leaving.current.abort();
    leaving.current = new AbortController();
  }, []);
  useEffect(() => stopWaiting, [stopWaiting]);

  /** Does a step of the draft until the service has answered; null if it was refused. */
  const reach = useCallback(
    async <Result>(step: () => Promise<Result | null>): Promise<Result | null> => {
      const { signal } = leaving.current;
      const result = await untilReached({
        act: step,
        isUnreached: () => draft.getSnapshot().error?.code === "unreachable",
        onOffline: () => setOffline(true),
        signal,
      });
      setOffline(false);
      return result;
    },
    [draft],
  );

  /** Sends what is not there yet, or everything. Returns whether everything of the plan is there. */
  const save = useCallback(
    async ({ product, audience }: Plan, { everything = false } = {}): Promise<boolean> => {
      if (!hasDraft(draft) && (await reach(draft.create)) === null) return false;
      const sessionId = draft.getSnapshot().session?.sessionId ?? "";
      if (everything || sent.current.sessionId !== sessionId) sent.current = { sessionId };
      if (product) {
        let body = productInput(forms.product.getValues());
        if (sent.current.product !== JSON.stringify(body)) {
          // What is typed while there is no network goes with the attempt that arrives.
          const put = () => draft.addProduct((body = productInput(forms.product.getValues())));
          if ((await reach(put)) === null) return false;
          sent.current.product = JSON.stringify(body);
        }
      }
      // Without a target the product is for everyone: one that is there has to be emptied.
      const { targetConfigured } = draft.getSnapshot().steps;
      if (audience === "done" || (audience === "skipped" && targetConfigured)) {
        const body = audience === "done" ? audienceInput(forms.audience.getValues()) : {};
        const text = JSON.stringify(body);
        if (sent.current.audience !== text) {
          if ((await reach(() => draft.configureTarget(body))) === null) return false;
          sent.current.audience = text;
        }
      }
      setSavedAt(Date.now());
      return true;
    },
    [draft, forms, reach],
  );

  /** Publishes the draft. A call that has not arrived, as is known later, is made again. */
  const commit = useCallback(
    () =>
      reach(async () => {
        const { signal } = leaving.current;
        for (;;) {
          const result = await draft.commit();
          const { error, canCommit } = draft.getSnapshot();
          const isLost = result === null && error === null && canCommit;
          if (!isLost || signal.aborted) return result;
        }
      }),
    [draft, reach],
  );

  return { save, reach, commit, stopWaiting, isOffline, savedAt };
}

/** Whether a draft has expired is for the service to say: clocks differ. */
function hasDraft(draft: ProductDraft): boolean {
  const { session, isExpired } = draft.getSnapshot();
  return session !== null && !isExpired;
}
