import { useEffect, useRef, useState } from "react";
import type { KeptTexts } from "../../shared";
import type { KeptWizard } from "./kept";
import type { WizardForms } from "./useForms";

type Where = Pick<KeptWizard, "steps" | "session" | "isSaved">;

interface Keeping extends Omit<Where, "isSaved"> {
  text: KeptTexts<KeptWizard>;
  forms: WizardForms;
  isRestored: boolean;
  /** Whether all that was restored is in its draft. */
  isSavedBefore: boolean;
  /** The draft is gone: what was saved in it is only here. */
  isGone: boolean;
  isPublished: boolean;
}

/** Keeps what is typed in the browser, from the first key on, until it is published. */
export function useKeeping(keeping: Keeping) {
  const { text, forms, steps, session, isRestored, isSavedBefore, isGone, isPublished } = keeping;
  const [isTyped, setTyped] = useState(isRestored);
  const [isUnsaved, setUnsaved] = useState(isRestored && !isSavedBefore);
  const count = useRef(0);
  const sessionId = session?.sessionId;
  const isSaved = !isUnsaved;
  const latest = useRef({ steps, session });
  latest.current = { steps, session };

  useEffect(() => {
    if (isPublished) text.forget();
    else if (isTyped) keep(text, forms, { ...latest.current, isSaved });
  }, [text, forms, steps, sessionId, isTyped, isSaved, isPublished]);

  useEffect(
    () =>
      onChange(forms, () => {
        count.current += 1;
        setTyped(true);
        setUnsaved(true);
        keep(text, forms, { ...latest.current, isSaved: false });
      }),
    [text, forms],
  );

  useEffect(() => {
    if (isGone) setUnsaved(true);
  }, [isGone]);

  return {
    /** Whether anything was typed, now or before a reload. */
    isTyped,
    /** Whether the service does not know it yet. */
    isUnsaved: isTyped && isUnsaved && !isPublished,
    changes: () => count.current,
    /** The service knows what was there after this many changes. */
    setSaved: (changes: number) => changes === count.current && setUnsaved(false),
    /** Nothing is typed any longer. */
    reset() {
      setTyped(false);
      setUnsaved(false);
    },
  };
}

function keep(text: KeptTexts<KeptWizard>, { product, audience }: WizardForms, where: Where): void {
  text.write({ product: product.getValues(), audience: audience.getValues(), ...where });
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
