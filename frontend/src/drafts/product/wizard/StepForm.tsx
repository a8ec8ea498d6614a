import { type FormEvent, type ReactNode, useMemo } from "react";
import { ErrorSummary } from "../../shared";
import { AudienceStep } from "./AudienceStep";
import { DetailsStep } from "./DetailsStep";
import { labelOf } from "./labels";
import { Publishing } from "./Publishing";
import { ReviewStep } from "./ReviewStep";
import { SaleStep } from "./SaleStep";
import { StepButtons } from "./StepButtons";
import type { Step } from "./steps";
import { STEP_HEADING } from "./useStepFocus";
import type { Wizard } from "./useWizard";
import { WizardNotices } from "./WizardNotices";

const PAGES: Record<Step, (props: { wizard: Wizard }) => ReactNode> = {
  details: DetailsStep,
  sale: SaleStep,
  audience: AudienceStep,
  review: ReviewStep,
};

/** The current step: what is asked, what is wrong with it, and the ways on. */
export function StepForm({ wizard }: { wizard: Wizard }) {
  const { steps, forms, pass } = wizard;
  const Page = PAGES[steps.current];
  const { errors } = (steps.current === "audience" ? forms.audience : forms.product).formState;
  // As they were at the last try: nothing moves while people mend them, or type elsewhere.
  const mistakes = useMemo(() => ({ ...errors }), [steps, wizard.tries]);
  if (wizard.snapshot.state === "committing") return <Publishing wizard={wizard} />;

  function next(event: FormEvent) {
    event.preventDefault();
    if (steps.current !== "review") void pass("done");
  }

  return (
    <section className="wizard-step">
      <h2 id={STEP_HEADING} tabIndex={-1}>
        {labelOf(steps.current)}
      </h2>
      <WizardNotices wizard={wizard} />
      {wizard.snapshot.error?.code !== "commit_failed" && <ErrorSummary errors={mistakes} />}
      <form onSubmit={next} noValidate>
        <Page wizard={wizard} />
        <StepButtons wizard={wizard} />
      </form>
    </section>
  );
}
