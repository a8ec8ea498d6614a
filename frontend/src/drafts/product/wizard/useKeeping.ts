import { useEffect, useRef, useState } from "react";
import type { KeptTexts } from "../../shared";
import type { KeptWizard } from "./kept";
import type { WizardForms } from "./useForms";

type Where = Pick<KeptWizard, "steps" | "session">;

interface Keeping extends Where {
  text: KeptTexts<KeptWizard>;
  forms: WizardForms;
  isRestored: boolean;
  isPublished: boolean;
}

/** Keeps what is typed in the browser, from the first key on, until it is published. */
export function useKeeping({ text, forms, isRestored, isPublished, ...where }: Keeping) {
  const [isTyped, setTyped] = useState(isRestored);
  const [isUnsaved, setUnsaved] = useState(isRestored);
  const count = useRef(0);
  const latest = useRef(where);
  latest.current = where;
  const { steps, session } = where;
  const sessionId = session?.sessionId;

  useEffect(() => {
    if (isPublished) text.forget();
    else if (isTyped) keep(text, forms, latest.current);
  }, [text, forms, steps, sessionId, isTyped, isPublished]);

  useEffect(
    () =>
      onChange(forms, () => {
        count.current += 1;
        setTyped(true);
        setUnsaved(true);
        keep(text, forms, latest.current);
      }),
    [text, forms],
  );

  return {
    /** Whether anything was typed, now or before a reload. */
    isTyped,
    /** Whether the service does not know it yet. */
    isUnsaved: isUnsaved && !isPublished,
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
