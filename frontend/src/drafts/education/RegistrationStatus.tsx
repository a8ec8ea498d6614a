import type { EducationSession } from "assembly-service-client/drafts";
import { useRef } from "react";
import { Countdown, SavedLine, type SavedState, Steps } from "../shared";
import { STATUSES, stepsOf } from "./actions";
import type { Registration } from "./useRegistration";

/** How far the registration is, and for how long it can go on. */
export function RegistrationStatus({ registration }: { registration: Registration }) {
  const { education, form } = registration;
  const { session } = education;
  const found = useRef<HTMLDivElement>(null);

  function show(step: string) {
    if (step === "staged") form.setFocus("userBusinessId");
    else if (step === "accountLinked") form.setFocus("accountId");
    else found.current?.focus();
  }

  return (
    <div className="wizard-head">
      <Steps steps={stepsOf(session)} onGo={show} />
      <div className="wizard-lines">
        {(session || form.formState.isDirty) && (
          <SavedLine
            state={savedState(registration)}
            at={session ? Date.parse(session.updatedAt) : null}
          />
        )}
        <Countdown expiresAt={session?.expiresAt} />
      </div>
      <div ref={found} className={`found ${isInOrder(session?.status) ? "" : "attention"}`} role="status" tabIndex={-1}>
        {session && <p>{STATUSES[session.status]}</p>}
        <Category registration={registration} />
        {session && session.warnings.length > 0 && (
          <ul aria-label="Please note">
            {session.warnings.map((warning) => (
              <li key={warning}>{warning}.</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function isInOrder(status: EducationSession["status"] | undefined): boolean {
  return status !== "pending" && status !== "creation_failed";
}

function Category({ registration }: { registration: Registration }) {
  const { session } = registration.education;
  const label = session?.validation.determinedCategoryLabel;
  if (label === undefined) return null;
  return (
    <p>
      Category <strong>{label}</strong>: {session?.categoryRationale}.
    </p>
  );
}

function savedState({ education, isUnsaved }: Registration): SavedState {
  if (education.isWaiting) return "offline";
  if (education.loading) return "saving";
  return isUnsaved ? "unsaved" : "saved";
}
