import { useEffect, useMemo, useReducer } from "react";
import { DraftPage, NotKept, useFields } from "../shared";
import { DraftGone } from "./wizard/DraftGone";
import type { WizardFields } from "./wizard/kept";
import { Published } from "./wizard/Published";
import { StepForm } from "./wizard/StepForm";
import { STEP_HEADING } from "./wizard/useStepFocus";
import { useWizard } from "./wizard/useWizard";
import { WizardHead } from "./wizard/WizardHead";
import "./product.css";

/** Prepares a product and its audience, step by step, and publishes both at once. */
export function Component() {
  return (
    <DraftPage title="New product">
      <FormGate />
    </DraftPage>
  );
}

function FormGate() {
  const [round, restart] = useReducer((count: number) => count + 1, 0);
  const product = useFields("ProductInput");
  const audience = useFields("AudienceTargetInput");
  const fields = useMemo(
    () => (product === null || audience === null ? null : { product, audience }),
    [product, audience],
  );
  if (fields === null) return <p role="status">Loading the form.</p>;
  return <Wizard key={round} fields={fields} round={round} restart={restart} />;
}

interface WizardProps {
  fields: WizardFields;
  round: number;
  restart: () => void;
}

function Wizard({ fields, round, restart }: WizardProps) {
  const wizard = useWizard(fields, restart);
  useEffect(() => {
    if (round > 0) document.getElementById(STEP_HEADING)?.focus();
  }, [round]);
  const { result } = wizard.snapshot;
  return (
    <>
      <WizardHead wizard={wizard} />
      {result === null && <NotKept />}
      {result === null ? (
        <StepForm wizard={wizard} />
      ) : (
        <Published result={result} onAnother={wizard.discard} />
      )}
      {wizard.isExpired && <DraftGone wizard={wizard} />}
    </>
  );
}
