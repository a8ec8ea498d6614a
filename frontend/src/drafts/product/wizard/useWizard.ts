import { ProductDraft, useDraftClient, useKeepsText, useUnsavedChanges } from "assembly-service-client/drafts";
import { useLayoutEffect, useReducer, useState, useSyncExternalStore } from "react";
import { isForbidden, KeptTexts, useUnsavedPart } from "../../shared";
import {
  emptyWizard,
  restoredText,
  restoredWizard,
  typedInto,
  typedOf,
  type WizardFields,
} from "./kept";
import { stepsAfter } from "./steps";
import { useExclusive } from "./useExclusive";
import { useExpiryCheck } from "./useExpiryCheck";
import { useForms } from "./useForms";
import { useKeeping } from "./useKeeping";
import { isForPeople, useRefusals } from "./useRefusals";
import { useSaving } from "./useSaving";
import { useStepFocus } from "./useStepFocus";
import { useStepNavigation } from "./useStepNavigation";

export type Wizard = ReturnType<typeof useWizard>;

/** Everything that the wizard knows and does; `restart` mounts it anew. */
export function useWizard(fields: WizardFields, restart: () => void) {
  const client = useDraftClient();
  const keepsText = useKeepsText();
  const [text] = useState(() => new KeptTexts({ client, key: "product", typed: typedOf }));
  const [restored, setRestored] = useState(() => restoredText(text));
  const [others, setOthers] = useState(() => text.others());
  const [begin, setBegin] = useState(() => restoredWizard(fields, restored.text));
  const [left, setLeft] = useState<string | null>(null);
  const [draft] = useState(() => new ProductDraft(client));
  const snapshot = useSyncExternalStore(draft.subscribe, draft.getSnapshot);
  const forms = useForms(fields, begin);
  const [steps, move] = useReducer(stepsAfter, begin.steps);
  useRefusals({ client, fields, forms, move, error: snapshot.error });
  const saving = useSaving({ draft, forms });
  const exclusive = useExclusive();
  const { exclusively, retry, isBusy } = exclusive;
  const { reach, stopWaiting, isOffline, savedAt } = saving;
  const { result } = snapshot;
  const session = snapshot.session ?? begin.session;
  const sessionId = session?.sessionId ?? null;
  const isRestored = restored.text !== null;
  /** Whether what was restored may be shown in another tab, too. */
  const isShared = isRestored && !restored.isOfTab;
  const keeping = useKeeping({
    ...{ text, forms, isRestored, steps, session },
    isSavedBefore: begin.isSaved,
    isGone: snapshot.isExpired,
    isPublished: result !== null,
  });
  const isSavedHere = savedAt !== null;
  const offersOthers = isRestored ? isShared && !isSavedHere : session === null;
  const navigation = useStepNavigation({ draft, forms, steps, move, saving, keeping, exclusive });
  useUnsavedChanges(keeping.isUnsaved);
  useUnsavedPart(keeping.isTyped && result === null && !keepsText);
  useStepFocus(steps, forms, fields);

  // Before anybody subscribes: the draft would resume by itself then, and not know what was typed.
  useLayoutEffect(() => {
    const known = begin.session;
    const resume = () => draft.resume(known?.sessionId, known, typedInto(begin));
    if (known !== null) void exclusively(() => reach(resume));
  }, [draft, exclusively, reach, begin]);

  useExpiryCheck({ draft, exclusively, reach });

  /** Begins with an empty form. What another tab shows is left to it. */
  function beginEmpty() {
    const empty = emptyWizard(fields);
    stopWaiting();
    text.leave();
    draft.discard();
    keeping.reset();
    forms.product.reset(empty.product);
    forms.audience.reset(empty.audience);
    setBegin(empty);
    setRestored({ text: null, isOfTab: true });
    setOthers(text.others());
    move({ type: "restarted" });
  }

  return {
    ...navigation,
    retry,
    fields,
    forms,
    steps,
    snapshot,
    isOffline,
    savedAt,
    beginEmpty,
    /** The same, and what was typed is kept nowhere. */
    discard() {
      text.forget();
      beginEmpty();
    },
    /** What was typed in other tabs, until something of this one is saved. */
    others: offersOthers ? others : [],
    goOnWith(id: string) {
      stopWaiting();
      draft.discard();
      const taken = text.take(id);
      if (taken !== null) text.write(taken);
      restart();
    },
    isTyped: keeping.isTyped,
    isUnsaved: keeping.isUnsaved,
    /** Whether something was restored, and nothing saved since. */
    isRestored: isRestored && !isSavedHere,
    isShared,
    // Why another one could not be begun is said in its place.
    isExpired: result === null && left !== sessionId && snapshot.isExpired && !isForPeople(snapshot.error),
    /** Looks at what was typed without a draft; the next step creates one. */
    leaveGone: () => setLeft(sessionId),
    isPending: isBusy || snapshot.loading !== null,
    isForbidden: isForbidden(snapshot.error),
    /** Asks how far it is published, of which nobody has heard. */
    askAgain: () => void draft.checkProgress(),
  };
}
