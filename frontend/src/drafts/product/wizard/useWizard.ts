import {
  ProductDraft,
  useDraftClient,
  useDraftPersistence,
  useExpirationTimer,
  useUnsavedChanges,
} from "assembly-service-client/drafts";
import { useEffect, useReducer, useState, useSyncExternalStore } from "react";
import { emptyWizard, type KeptWizard, restoredWizard, type WizardFields } from "./kept";
import { onTheWay } from "./steps";
import { useForms } from "./useForms";
import { useKeeping } from "./useKeeping";
import { useRefusals } from "./useRefusals";
import { useSaving } from "./useSaving";
import { useStepFocus } from "./useStepFocus";
import { useWalking } from "./useWalking";

export type Wizard = ReturnType<typeof useWizard>;

/** Everything that the wizard knows and does. */
export function useWizard(fields: WizardFields) {
  const client = useDraftClient();
  const persistence = useDraftPersistence<KeptWizard>("product");
  const [begin, setBegin] = useState(() => restoredWizard(fields, persistence.restored));
  const [isRestored, setRestored] = useState(persistence.restored !== null);
  const [left, setLeft] = useState<string | null>(null);
  const [draft] = useState(() => new ProductDraft(client));
  const snapshot = useSyncExternalStore(draft.subscribe, draft.getSnapshot);
  const forms = useForms(fields, begin);
  const [way, move] = useReducer(onTheWay, begin.way);
  const onRefused = useRefusals({ client, fields, forms, move });
  const saving = useSaving({ draft, forms, onRefused });
  const { reach, stopWaiting, isOffline, savedAt } = saving;
  const { session, result } = snapshot;
  const sessionId = session?.sessionId ?? begin.sessionId;
  const keeping = useKeeping({
    forms,
    persistence,
    way,
    sessionId,
    isPublished: result !== null,
  });
  const walking = useWalking({ draft, forms, way, move, saving, keeping });
  useUnsavedChanges(keeping.isUnsaved);
  useStepFocus(way, forms, fields);

  useEffect(() => {
    if (begin.sessionId !== null) void reach(() => draft.resume(begin.sessionId));
  }, [draft, reach, begin.sessionId]);

  function discard() {
    const empty = emptyWizard(fields);
    stopWaiting();
    draft.discard();
    persistence.discard();
    keeping.forget();
    forms.product.reset(empty.product);
    forms.audience.reset(empty.audience);
    setBegin(empty);
    setRestored(false);
    move({ type: "restarted" });
  }

  const { phase } = useExpirationTimer(snapshot.expiresAt);
  const isOver = phase === "expired" && snapshot.state !== "committing";
  return {
    ...walking,
    fields,
    forms,
    way,
    snapshot,
    isOffline,
    savedAt,
    discard,
    isTyped: keeping.isTyped,
    isUnsaved: keeping.isUnsaved,
    isRestored,
    isExpired: result === null && left !== sessionId && (snapshot.isExpired || isOver),
    /** Looks at what was typed without a draft; the next step creates one. */
    leaveGone: () => setLeft(sessionId),
    isPending: walking.isWalking || snapshot.loading !== null,
  };
}
