import type { ProjectSession, StepValidation } from "assembly-service-client/drafts";
import { useCallback, useEffect, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { type FieldSet, isForbidden, Refusal } from "../shared";
import { DiscardDraft } from "./DiscardDraft";
import { ProjectFacts } from "./ProjectFacts";
import { INPUT_STEPS, labelOf, REVIEW, stepOf } from "./steps";

interface ReviewStepProps {
  session: ProjectSession;
  fields: FieldSet;
  go: (step: number) => void;
}

/** Everything once more, what is missing, and the button that makes the project. */
export function ReviewStep({ session, fields, go }: ReviewStepProps) {
  const { projectData, error, isCommitting, saveState } = session;
  const [validation, check] = useValidation(session);
  const [isTried, setTried] = useState(false);
  const mistakes = Object.keys(error?.fields ?? {}).length ? error?.fields : validation?.fields;

  async function create() {
    if (isCommitting) return;
    setTried(true);
    session.updateSession({ completedSteps: INPUT_STEPS });
    await session.commit();
  }

  return (
    <>
      <Mistakes mistakes={mistakes ?? {}} go={go} />
      {validation?.warnings.map((warning) => (
        <p key={warning} className="note">
          {warning}.
        </p>
      ))}
      <ProjectFacts
        data={projectData}
        fields={fields}
        action={(step) => (
          <Button
            className="button small"
            aria-label={`Change ${labelOf(step).toLowerCase()}`}
            isDisabled={isCommitting}
            onPress={() => go(step)}
          >
            Change
          </Button>
        )}
      />
      {error !== null && Object.keys(error.fields).length === 0 && (
        <Refusal error={error} onRetry={() => void (isTried ? create() : check())} />
      )}
      <div className="buttons wizard-buttons">
        <Button className="button" isDisabled={isCommitting} onPress={() => go(REVIEW - 1)}>
          Back
        </Button>
        <Button
          className="button primary"
          isPending={isCommitting}
          isDisabled={isForbidden(error)}
          onPress={() => void create()}
        >
          Create the project
        </Button>
        <DiscardDraft session={session} />
      </div>
      <p role="status" className="note">
        {isCommitting && "The project is being created. "}
        {isCommitting && saveState === "offline" && "The service does not answer; this goes on when it does."}
      </p>
    </>
  );
}

function Mistakes({ mistakes, go }: { mistakes: Record<string, string>; go: (step: number) => void }) {
  const list = useRef<HTMLDivElement>(null);
  const found = Object.entries(mistakes);
  const isWrong = found.length > 0;
  useEffect(() => {
    if (isWrong) list.current?.focus();
  }, [isWrong]);
  if (!isWrong) return null;
  return (
    <div className="refusal" role="alert" ref={list} tabIndex={-1}>
      <p>Before the project can be created:</p>
      <ul>
        {found.map(([field, sentence]) => (
          <li key={field}>
            {sentence}.{" "}
            <Button className="link" onPress={() => go(stepOf(field))}>
              {`Go to ${labelOf(stepOf(field)).toLowerCase()}`}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What the service says of all steps, when the review is opened and when it is asked again. */
function useValidation({ validate }: ProjectSession) {
  const [validation, setValidation] = useState<StepValidation | null>(null);
  const check = useCallback(async () => setValidation(await validate(REVIEW)), [validate]);
  useEffect(() => void check(), [check]);
  return [validation, check] as const;
}
