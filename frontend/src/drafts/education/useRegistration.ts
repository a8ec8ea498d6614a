import {
  type EducationAction,
  type EducationSnapshot,
  useEducationRegistration,
} from "assembly-service-client/drafts";
import { useCallback, useState } from "react";
import { useForm, type UseFormReturn } from "react-hook-form";
import { type FieldSet, isForbidden } from "../shared";
import { EMPTY, type EducationValues, inputOf } from "./educationForm";
import { useKeptRegistration } from "./useKeptRegistration";
import { useKeptSession } from "./useKeptSession";
import { useServiceErrors } from "./useServiceErrors";
import { useUnsavedValues } from "./useUnsavedValues";

const NO_ACCOUNT = { message: "Account is required for the next step." };

/**
 * The form, the education that is registered with it, and what people do with them. `restart` mounts it
 * anew.
 */
export function useRegistration(fields: FieldSet, restart: () => void) {
  const education = useEducationRegistration();
  const kept = useKeptRegistration();
  const [restored, setRestored] = useState(() => kept.texts.read()?.values ?? null);
  const [others, setOthers] = useState(() => kept.texts.others());
  const form = useForm<EducationValues>({ defaultValues: { ...EMPTY, ...restored } });
  const { attempt, retry, tried } = useAttempts(form);
  const { values, isUnsaved, isAnotherAccount } = useUnsavedValues({ form, education, kept });
  const taken = useKeptSession({ education, kept, attempt, isTyped: restored !== null, form });
  useServiceErrors({ education, fields, form });

  const accountId = values.accountId.trim();
  const nextAction = nextOf(education, isUnsaved, isAnotherAccount);
  /** The session of this tab could not be read: another one would be a second one. */
  const isUnread = education.sessionId !== null && education.session === null;

  // Another member or another change may be allowed.
  const isSame = isUnread || tried.values === JSON.stringify(form.getValues());
  const isRefused = isForbidden(education.error) && isSame;

  const save = form.handleSubmit((typed) => {
    const educationData = inputOf(typed);
    if (education.session !== null) return attempt(() => education.update(educationData));
    // What the session will have comes from here, and somebody may type on meanwhile.
    taken.current = "nothing";
    attempt(() => {
      const isRepeated = kept.session.read() !== null;
      kept.session.write({ sessionId: null });
      const input = { educationData, ...(accountId && { accountId }) };
      return education.stage(input, { isRepeated });
    });
  });

  /** Take the next step. */
  function next(): void {
    if (isUnread) attempt(() => education.doNext());
    else if (nextAction === "stage_data") void save();
    else if (nextAction !== "link_account") attempt(() => education.doNext());
    else if (accountId !== "") attempt(() => education.linkAccount(accountId));
    else form.setError("accountId", NO_ACCOUNT, { shouldFocus: true });
  }

  /** Go on with a session that is open, in place of what is in the form. */
  function resume(sessionId: string): void {
    taken.current = "all";
    attempt(() => education.resume(sessionId));
  }

  /** Leave the session, and keep what is in the form. */
  function leaveSession(): void {
    education.discard();
    kept.session.clear();
  }

  /** Start over with an empty form. */
  function startOver(): void {
    leaveSession();
    kept.texts.forget();
    form.reset(EMPTY);
    setRestored(null);
    setOthers(kept.texts.others());
  }

  /** Go on with what was typed in another tab. */
  function goOnWith(id: string): void {
    const text = kept.texts.take(id);
    if (text === null) return restart();
    leaveSession();
    kept.texts.write(text);
    if (text.sessionId !== null) kept.session.write({ sessionId: text.sessionId });
    restart();
  }

  const offersOthers = restored === null && education.sessionId === null;
  const actions = { attempt, retry, next, resume, leaveSession, startOver, goOnWith };
  return {
    ...{ form, fields, education, isUnsaved, isUnread, nextAction },
    /** What the person who is signed in may not do: take the next step, or all that remain. */
    mayNot: { next: isRefused && !tried.isAll, takeAll: isRefused },
    /** What was typed in other tabs, until something of this one is saved. */
    others: offersOthers ? others : [],
    ...actions,
  };
}

export type Registration = ReturnType<typeof useRegistration>;

/** What may be tried again when it failed. */
function useAttempts(form: UseFormReturn<EducationValues>) {
  const [retry, setRetry] = useState<() => void>(() => () => undefined);
  const [tried, setTried] = useState({ values: "", isAll: false });
  const attempt = useCallback(
    (act: () => unknown, { isAll = false } = {}) => {
      form.clearErrors();
      setTried({ values: JSON.stringify(form.getValues()), isAll });
      setRetry(() => () => void act());
      void act();
    },
    [form],
  );
  return { attempt, retry, tried };
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
