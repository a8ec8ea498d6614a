import {
  ProductDraft,
  useDraftClient,
  useExpirationTimer,
  useUnsavedChanges,
} from "assembly-service-client/drafts";
import { useEffect, useReducer, useState, useSyncExternalStore } from "react";
import { emptyWizard, restoredWizard, type WizardFields } from "./kept";
import { KeptText } from "./KeptText";
import { stepsAfter } from "./steps";
import { useForms } from "./useForms";
import { useKeeping } from "./useKeeping";
import { useRefusals } from "./useRefusals";
import { useSaving } from "./useSaving";
import { useStepFocus } from "./useStepFocus";
import { useStepNavigation } from "./useStepNavigation";

export type Wizard = ReturnType<typeof useWizard>;

/** Everything that the wizard knows and does. */
export function useWizard(fields: WizardFields) {
  const client = useDraftClient();
  const [text] = useState(() => new KeptText(client));
  const [restored, setRestored] = useState(() => text.read());
  const [begin, setBegin] = useState(() => restoredWizard(fields, restored.text));
  const [left, setLeft] = useState<string | null>(null);
  const [draft] = useState(() => new ProductDraft(client));
  const snapshot = useSyncExternalStore(draft.subscribe, draft.getSnapshot);
  const forms = useForms(fields, begin);
  const [steps, move] = useReducer(stepsAfter, begin.steps);
  const onRefused = useRefusals({ client, fields, forms, move });
  const saving = useSaving({ draft, forms, onRefused });
  const { reach, stopWaiting, isOffline, savedAt } = saving;
  const { result } = snapshot;
  const session = snapshot.session ?? begin.session;
  const sessionId = session?.sessionId ?? null;
  const isRestored = restored.text !== null;
  const keeping = useKeeping({
    ...{ text, forms, isRestored, steps, session },
    id: begin.id,
    isPublished: result !== null,
  });
  const navigation = useStepNavigation({ draft, forms, steps, move, saving, keeping });
  const { phase } = useExpirationTimer(snapshot.expiresAt);
  useUnsavedChanges(keeping.isUnsaved);
  useStepFocus(steps, forms, fields);

  useEffect(() => {
    const known = begin.session;
    if (known !== null) void reach(() => draft.resume(known.sessionId, known));
  }, [draft, reach, begin.session]);

  useEffect(() => {
    // Whether it has is for the service to say: clocks differ.
    if (phase === "expired") void draft.checkProgress();
  }, [draft, phase]);

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
    move({ type: "restarted" });
  }

  return {
    ...navigation,
    fields,
    forms,
    steps,
    snapshot,
    isOffline,
    savedAt,
    beginEmpty,
    /** The same, and what was typed is kept nowhere. */
    discard() {
      text.forget(begin.id);
      beginEmpty();
    },
    isTyped: keeping.isTyped,
    isUnsaved: keeping.isUnsaved,
    isRestored,
    /** Whether what was restored may be shown in another tab, too. */
    isShared: isRestored && !restored.isOfTab,
    isExpired: result === null && left !== sessionId && snapshot.isExpired,
    /** Looks at what was typed without a draft; the next step creates one. */
    leaveGone: () => setLeft(sessionId),
    isPending: navigation.isBusy || snapshot.loading !== null,
  };
}
