import type { DraftPersistence, EducationSnapshot } from "assembly-service-client/drafts";
import { useEffect } from "react";
import { type UseFormReturn, useWatch } from "react-hook-form";
import { type EducationValues, isChanged } from "./educationForm";

interface Kept {
  form: UseFormReturn<EducationValues>;
  registration: EducationSnapshot;
  persistence: DraftPersistence<EducationValues>;
}

/** Keeps what is typed in the browser, until the service has it or the record exists. */
export function useKept({ form, registration, persistence }: Kept) {
  const { session, record } = registration;
  const { keep, discard } = persistence;
  const { isDirty } = form.formState;
  const values = useWatch({ control: form.control }) as EducationValues;
  const isUnsaved = session === null || isChanged(values, session);
  const isAnotherAccount = !isSameAccount(values.accountId, session?.accountId);

  const isStored = record !== null || !(isUnsaved || isAnotherAccount);
  useEffect(() => {
    if (isStored) discard();
    else if (isDirty || session !== null) keep(values);
  }, [values, isStored, isDirty, session, keep, discard]);

  return { values, isUnsaved, isAnotherAccount };
}

/** An account that is not named is no other one. */
function isSameAccount(typed: string, stored = ""): boolean {
  return typed.trim() === "" || typed.trim().toLowerCase() === stored;
}
