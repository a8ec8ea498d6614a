import { useEffect, useRef } from "react";
import type { WizardFields } from "./kept";
import { stepOfField, type StepsState } from "./steps";
import type { Criterion } from "../audience";
import type { ProductField } from "../productForm";
import type { WizardForms } from "./useForms";

export const STEP_HEADING = "step-heading";

/** After a step the focus is on the first mistake of the next one, else on its heading. */
export function useStepFocus(
  steps: StepsState,
  { product, audience }: WizardForms,
  fields: WizardFields,
) {
  const first = useRef(steps);
  useEffect(() => {
    if (first.current === steps) return;
    first.current = steps;
    const isHere = ({ name }: { name: string }) => stepOfField(name) === steps.current;
    const wrong = fields.product.all.find(
      (field) => isHere(field) && product.getFieldState(field.name as ProductField).invalid,
    );
    const off = fields.audience.all.find(
      (field) => isHere(field) && audience.getFieldState(field.name as Criterion).invalid,
    );
    if (wrong) product.setFocus(wrong.name as ProductField);
    else if (off) audience.setFocus(off.name as Criterion);
    else document.getElementById(STEP_HEADING)?.focus();
  }, [steps, product, audience, fields]);
}
