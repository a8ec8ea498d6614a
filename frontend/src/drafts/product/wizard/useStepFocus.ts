import { useEffect, useRef } from "react";
import type { WizardFields } from "./kept";
import { stepOfField, type Way } from "./steps";
import type { Criterion } from "../audience";
import type { ProductField } from "../productForm";
import type { WizardForms } from "./useForms";

export const STEP_HEADING = "step-heading";

/** After a step the focus is on the first mistake of the next one, else on its heading. */
export function useStepFocus(way: Way, { product, audience }: WizardForms, fields: WizardFields) {
  const first = useRef(way);
  useEffect(() => {
    if (first.current === way) return;
    first.current = way;
    const isHere = ({ name }: { name: string }) => stepOfField(name) === way.current;
    const wrong = fields.product.all.find(
      (field) => isHere(field) && product.getFieldState(field.name as ProductField).invalid,
    );
    const off = fields.audience.all.find(
      (field) => isHere(field) && audience.getFieldState(field.name as Criterion).invalid,
    );
    if (wrong) product.setFocus(wrong.name as ProductField);
    else if (off) audience.setFocus(off.name as Criterion);
    else document.getElementById(STEP_HEADING)?.focus();
  }, [way, product, audience, fields]);
}
