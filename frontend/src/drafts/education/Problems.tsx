import { useMutation } from "@tanstack/react-query";
import { type DraftError, type EducationRecord, useDraftClient } from "assembly-service-client/drafts";
import { useEffect, useRef } from "react";
import { Button } from "react-aria-components";
import { useNavigate } from "react-router";
import { ErrorSummary, Refusal } from "../shared";
import { findRecord } from "./records";
import { Suggestions } from "./Suggestions";
import type { Registration } from "./useRegistration";

/** Why the last step failed, and everything that the service says to do about it. */
export function Problems({ registration }: { registration: Registration }) {
  const { education, form, retry } = registration;
  const { error, errors, fields, loading } = education;
  const problems = useRef<HTMLDivElement>(null);
  // A mistake in a field gets the focus there.
  const isHere = !loading && errors.length + Number(error !== null) > 0 && isEmpty(fields);
  useEffect(() => {
    if (isHere) problems.current?.focus();
  }, [isHere, error]);
  return (
    <div ref={problems} className="form-problems" tabIndex={-1}>
      {error && <Reason error={error} onRetry={retry} />}
      <ErrorSummary errors={form.formState.errors} />
      <Suggestions error={error} />
      {isDuplicate(registration) && <ExistingRecord member={form.getValues("userBusinessId")} />}
    </div>
  );
}

function Reason({ error, onRetry }: { error: DraftError; onRetry: () => void }) {
  if (typeOf(error) !== "session_not_found") return <Refusal error={error} onRetry={onRetry} />;
  return (
    <div className="refusal">
      <p role="alert">
        This registration has ended: it was discarded or completed, or it has expired. What you typed
        is still here.
      </p>
    </div>
  );
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}

function typeOf(error: DraftError | null): unknown {
  return (error?.body as { type?: unknown } | null | undefined)?.type;
}

/** Whether something is taken by a record that exists. */
function isDuplicate({ education }: Registration): boolean {
  const { error, result } = education;
  if (error !== null) return error.status === 409 && typeOf(error) === "business_rule_violation";
  return result !== null && "ruleViolations" in result && result.ruleViolations.includes("V7");
}

function ExistingRecord({ member }: { member: string }) {
  const client = useDraftClient();
  const navigate = useNavigate();
  const { mutate, error, isPending } = useMutation<EducationRecord, DraftError>({
    mutationFn: () => findRecord(client, member),
    onSuccess: ({ recordId }) => navigate(`/drafts/education/records/${recordId}`),
  });
  return (
    <>
      <p className="existing">
        <Button className="button" isPending={isPending} onPress={() => mutate()}>
          Show the record of this member
        </Button>
        <span role="status">{error?.message}</span>
      </p>
      <Suggestions error={error} />
    </>
  );
}
