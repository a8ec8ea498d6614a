import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import { AudiencePreview } from "../AudiencePreview";
import { ProductFacts } from "../ProductFacts";
import { normalisedCode, productInput } from "../productForm";
import { labelOf } from "./labels";
import { FIELDS_OF, type Step } from "./steps";
import type { Wizard } from "./useWizard";

/** Everything once more, before it is published. */
export function ReviewStep({ wizard }: { wizard: Wizard }) {
  const { forms, fields, steps } = wizard;
  const sent = productInput(forms.product.getValues());
  const values = { ...sent, productCode: normalisedCode(sent.productCode) };
  const audience = steps.passed.audience === "skipped" ? {} : forms.audience.getValues();
  return (
    <>
      {(["details", "sale"] as const).map((step) => (
        <Part key={step} wizard={wizard} step={step}>
          <ProductFacts fields={fields.product} names={FIELDS_OF[step]} values={values} />
        </Part>
      ))}
      <Part wizard={wizard} step="audience">
        <AudiencePreview values={audience} fields={fields.audience.all} />
      </Part>
    </>
  );
}

function Part({ wizard, step, children }: { wizard: Wizard; step: Step; children: ReactNode }) {
  const name = labelOf(step);
  return (
    <section className="panel" aria-label={name}>
      <div className="panel-head">
        <h3>{name}</h3>
        <Button className="button small" isDisabled={wizard.isPending} onPress={() => wizard.go(step)}>
          Change<span className="unseen"> {name.toLowerCase()}</span>
        </Button>
      </div>
      {children}
    </section>
  );
}
