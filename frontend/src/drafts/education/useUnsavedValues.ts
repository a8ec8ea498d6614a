import { type EducationSnapshot, useKeepsText } from "assembly-service-client/drafts";
import { useEffect } from "react";
import { type UseFormReturn, useWatch } from "react-hook-form";
import { useUnsavedPart } from "../shared";
import { type EducationValues, isChanged } from "./educationForm";
import type { KeptRegistration } from "./useKeptRegistration";

interface Unsaved {
  form: UseFormReturn<EducationValues>;
  education: EducationSnapshot;
  kept: KeptRegistration;
}

/** Keeps what is typed, until the service has it or the record exists. */
export function useUnsavedValues({ form, education, kept }: Unsaved) {
  const { session, record } = education;
  const { isDirty } = form.formState;
  const values = useWatch({ control: form.control }) as EducationValues;
  const isUnsaved = session === null || isChanged(values, session);
  const isAnotherAccount = !isSameAccount(values.accountId, session?.accountId);

  const isStored = record !== null || !(isUnsaved || isAnotherAccount);
  const keepsText = useKeepsText();
  useUnsavedPart(isDirty && !isStored && !keepsText);
  useEffect(() => {
    const sessionId = session?.sessionId ?? null;
    if (isStored) kept.texts.forget();
    else if (isDirty || sessionId !== null) kept.texts.write({ values, sessionId });
  }, [values, isStored, isDirty, session, kept]);

  return { values, isUnsaved, isAnotherAccount };
}

/** An account that is not named is no other one. */
function isSameAccount(typed: string, stored = ""): boolean {
  return typed.trim() === "" || typed.trim().toLowerCase() === stored;
}
