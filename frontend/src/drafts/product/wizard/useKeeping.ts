import type { DraftPersistence } from "assembly-service-client/drafts";
import { useEffect, useRef, useState } from "react";
import type { KeptWizard } from "./kept";
import type { WizardForms } from "./useForms";

interface Keeping {
  forms: WizardForms;
  persistence: DraftPersistence<KeptWizard>;
  way: KeptWizard["way"];
  sessionId: string | null;
  isPublished: boolean;
}

/** Keeps what is typed in the browser, from the first key on, until it is published. */
export function useKeeping({ forms, persistence, way, sessionId, isPublished }: Keeping) {
  const { restored, keep, discard } = persistence;
  const [isTyped, setTyped] = useState(restored !== null);
  const [isUnsaved, setUnsaved] = useState(restored !== null);
  const count = useRef(0);

  useEffect(() => {
    if (isPublished) discard();
    if (isPublished || !isTyped) return;
    const keepAll = () =>
      keep({
        product: forms.product.getValues(),
        audience: forms.audience.getValues(),
        way,
        sessionId,
      });
    keepAll();
    return onChange(forms, keepAll);
  }, [forms, keep, discard, way, sessionId, isTyped, isPublished]);

  useEffect(
    () =>
      onChange(forms, () => {
        count.current += 1;
        setTyped(true);
        setUnsaved(true);
      }),
    [forms],
  );

  return {
    /** Whether anything was typed, now or before a reload. */
    isTyped,
    /** Whether the service does not know it yet. */
    isUnsaved: isUnsaved && !isPublished,
    changes: () => count.current,
    /** The service knows what was there after this many changes. */
    setSaved: (changes: number) => changes === count.current && setUnsaved(false),
    forget() {
      setTyped(false);
      setUnsaved(false);
    },
  };
}

/** Calls back after each change of a field; not when a form is filled as a whole. */
function onChange({ product, audience }: WizardForms, changed: () => void): () => void {
  const callback = ({ name }: { name?: string }) => name !== undefined && changed();
  const formState = { values: true };
  const forget = [
    product.subscribe({ formState, callback }),
    audience.subscribe({ formState, callback }),
  ];
  return () => forget.forEach((each) => each());
}
