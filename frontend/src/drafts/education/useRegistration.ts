import {
  type EducationAction,
  type EducationSnapshot,
  useDraftPersistence,
  useEducationRegistration,
} from "assembly-service-client/drafts";
import { useCallback, useState } from "react";
import { useForm, type UseFormReturn } from "react-hook-form";
import type { FieldSet } from "../shared";
import { EMPTY, type EducationValues, inputOf } from "./educationForm";
import { useKept } from "./useKept";
import { forgetSession, useResumed } from "./useResumed";
import { useServiceErrors } from "./useServiceErrors";

const NO_ACCOUNT = { message: "Account is required to go on." };

/** The form, the registration, and what people do with them. */
export function useRegistration(fields: FieldSet) {
  const registration = useEducationRegistration();
  const persistence = useDraftPersistence<EducationValues>("education");
  const { restored } = persistence;
  const form = useForm<EducationValues>({ defaultValues: { ...EMPTY, ...restored } });
  const { attemptTo, again } = useAttempts(form);
  const { values, isUnsaved, isAnotherAccount } = useKept({ form, registration, persistence });
  useResumed({ registration, attemptTo, isTyped: restored !== null, fill: form.reset });
  useServiceErrors({ registration, fields, form });

  const accountId = values.accountId.trim();
  const nextAction = nextOf(registration, isUnsaved, isAnotherAccount);

  const save = form.handleSubmit((typed) => {
    const educationData = inputOf(typed);
    attemptTo(() =>
      registration.session === null
        ? registration.stage({ educationData, ...(accountId && { accountId }) })
        : registration.update(educationData),
    );
  });

  /** Take the next step. */
  function next(): void {
    if (nextAction === "stage_data") void save();
    else if (nextAction !== "link_account") attemptTo(() => registration.doNext());
    else if (accountId !== "") attemptTo(() => registration.linkAccount(accountId));
    else form.setError("accountId", NO_ACCOUNT, { shouldFocus: true });
  }

  /** Begin with an empty form. */
  function begin(): void {
    registration.discard();
    forgetSession();
    persistence.discard();
    form.reset(EMPTY);
  }

  return { form, fields, registration, isUnsaved, nextAction, attemptTo, again, next, begin };
}

export type Registration = ReturnType<typeof useRegistration>;

/** What may be tried again when it failed. */
function useAttempts(form: UseFormReturn<EducationValues>) {
  const [again, setAgain] = useState<() => void>(() => () => undefined);
  const attemptTo = useCallback(
    (act: () => unknown) => {
      form.clearErrors();
      setAgain(() => () => void act());
      void act();
    },
    [form],
  );
  return { attemptTo, again };
}

/** The next step, with the data or the account first if they were changed. */
function nextOf(
  { nextAction, record, session }: EducationSnapshot,
  isUnsaved: boolean,
  isAnotherAccount: boolean,
): EducationAction | null {
  if (record !== null) return nextAction;
  if (isUnsaved) return "stage_data";
  return isAnotherAccount && session?.progress.accountLinked ? "link_account" : nextAction;
}
