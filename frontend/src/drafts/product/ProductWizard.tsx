import { useMemo } from "react";
import { DraftPage, useFields } from "../shared";
import { DraftGone } from "./wizard/DraftGone";
import type { WizardFields } from "./wizard/kept";
import { Published } from "./wizard/Published";
import { StepForm } from "./wizard/StepForm";
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
  const product = useFields("ProductInput");
  const audience = useFields("AudienceTargetInput");
  const fields = useMemo(
    () => (product === null || audience === null ? null : { product, audience }),
    [product, audience],
  );
  if (fields === null) return <p role="status">Loading the form.</p>;
  return <Wizard fields={fields} />;
}

function Wizard({ fields }: { fields: WizardFields }) {
  const wizard = useWizard(fields);
  const { result } = wizard.snapshot;
  return (
    <>
      <WizardHead wizard={wizard} />
      {result === null ? (
        <StepForm wizard={wizard} />
      ) : (
        <Published result={result} onAnother={wizard.discard} />
      )}
      {wizard.isExpired && <DraftGone wizard={wizard} />}
    </>
  );
}
