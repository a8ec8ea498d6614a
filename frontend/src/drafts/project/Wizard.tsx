import { type DraftError, type ProjectSession, useKeepsText } from "assembly-service-client/drafts";
import { type FormEvent, useMemo } from "react";
import { Button } from "react-aria-components";
import { useFormState } from "react-hook-form";
import {
  ErrorSummary,
  type FieldSet,
  isForbidden,
  NotKept,
  Refusal,
  SavedLine,
  Steps,
  useUnsavedPart,
} from "../shared";
import { Conflicts } from "./Conflicts";
import { DetailsStep } from "./DetailsStep";
import { DiscardDraft } from "./DiscardDraft";
import { DocumentsStep } from "./DocumentsStep";
import { namesOf } from "./groups";
import { ReviewStep } from "./ReviewStep";
import { SourcesStep } from "./SourcesStep";
import { INPUT_STEPS, labelOf, REVIEW, stepsOf } from "./steps";
import { useHeading } from "./useHeading";
import { type ProjectForm, useProjectForm } from "./useProjectForm";
import { useStepNavigation } from "./useStepNavigation";
import "./project.css";

const PARTS = [DetailsStep, DocumentsStep, SourcesStep];

interface WizardProps {
  session: ProjectSession;
  fields: FieldSet;
}

/** A step at a time, above whether it is saved. */
export function Wizard({ session, fields }: WizardProps) {
  const { currentStep, projectData, saveState, savedAt, error, save } = session;
  const isBegun = Object.keys(projectData).length > 0;
  const keepsText = useKeepsText();
  useUnsavedPart(isBegun && !keepsText);
  const form = useProjectForm(session, fields);
  const heading = useHeading(currentStep);
  const go = (step: number) => session.updateSession({ currentStep: step });
  return (
    <>
      <div className="wizard-head">
        <Steps steps={stepsOf(session)} onGo={(key) => go(Number(key))} />
        <div className="wizard-lines">
          {isBegun && <SavedLine state={saveState} at={savedAt} />}
        </div>
      </div>
      <NotKept />
      <Conflicts session={session} fields={fields} />
      <h2 ref={heading} tabIndex={-1}>
        {labelOf(currentStep)}
      </h2>
      {error !== null && currentStep < REVIEW && isForPage(error) && (
        <Refusal error={error} onRetry={() => void save()} />
      )}
      {currentStep < REVIEW ? (
        <InputStep key={currentStep} session={session} fields={fields} form={form} go={go} />
      ) : (
        <ReviewStep session={session} fields={fields} go={go} />
      )}
    </>
  );
}

interface InputStepProps extends WizardProps {
  form: ProjectForm;
  go: (step: number) => void;
}

function InputStep({ session, fields, form, go }: InputStepProps) {
  const { currentStep, completedSteps, error } = session;
  const names = useMemo(() => namesOf(currentStep, fields), [currentStep, fields]);
  const { errors } = useFormState({ control: form.control });
  const { isRefused, isChecking, leave } = useStepNavigation(session, form, names);
  const wrong = names.filter((name) => name in errors);
  const Part = PARTS[currentStep - 1] ?? DetailsStep;
  const isReviewable = INPUT_STEPS.every((step) => [currentStep, ...completedSteps].includes(step));

  function submit(event: FormEvent) {
    event.preventDefault();
    void leave(currentStep + 1);
  }

  return (
    <form noValidate onSubmit={submit}>
      {isRefused && (
        <ErrorSummary errors={Object.fromEntries(wrong.map((name) => [name, errors[name]]))} />
      )}
      <Part form={form} fields={fields} session={session} />
      <div className="buttons wizard-buttons">
        {currentStep > 1 && (
          <Button className="button" onPress={() => go(currentStep - 1)}>
            Back
          </Button>
        )}
        <Button
          type="submit"
          className="button primary"
          isPending={isChecking}
          isDisabled={isForbidden(error)}
        >
          Next
        </Button>
        {isReviewable && currentStep + 1 < REVIEW && (
          <Button
            className="button"
            isDisabled={isForbidden(error)}
            onPress={() => void leave(REVIEW)}
          >
            To the review
          </Button>
        )}
        <DiscardDraft session={session} />
      </div>
    </form>
  );
}

/** Mistakes in fields are told there; without an answer the line of the save says so. */
function isForPage({ status, fields }: DraftError): boolean {
  return status !== null && Object.keys(fields).length === 0;
}
