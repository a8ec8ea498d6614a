import type { UsedEducationRegistration } from "assembly-service-client/drafts";
import { useEffect, useRef } from "react";
import type { UseFormReturn } from "react-hook-form";
import { type EducationValues, valuesOf } from "./educationForm";
import type { KeptRegistration } from "./useKeptRegistration";

interface Resumed {
  education: UsedEducationRegistration;
  kept: KeptRegistration;
  attempt: (act: () => unknown) => void;
  /** Whether something was typed before the page was loaded again. */
  isTyped: boolean;
  form: UseFormReturn<EducationValues>;
}

/** What of the next session the form takes: only what nobody has typed meanwhile, if not all or nothing. */
type Taken = "all" | "untouched" | "nothing";

/**
 * Goes on with the session of this tab. What was typed and not saved stays in the form. Returns what the
 * form takes of the next session, for whoever begins or resumes one to say.
 */
export function useKeptSession({ education, kept, attempt, isTyped, form }: Resumed) {
  const { resume, session, record, error } = education;
  const filled = useRef<string | null>(null);
  const taken = useRef<Taken>(isTyped ? "nothing" : "untouched");
  const { reset } = form;

  useEffect(() => {
    const { sessionId = null } = kept.session.read() ?? {};
    if (sessionId !== null) attempt(() => resume(sessionId));
  }, [kept, resume, attempt]);

  useEffect(() => {
    if (session === null || session.sessionId === filled.current) return;
    filled.current = session.sessionId;
    kept.session.write({ sessionId: session.sessionId });
    if (taken.current === "nothing") return;
    reset(valuesOf(session), { keepDirtyValues: taken.current === "untouched" });
  }, [kept, session, reset]);

  const isOver = record !== null || error?.status === 404;
  useEffect(() => {
    if (isOver) kept.session.clear();
  }, [kept, isOver]);

  return taken;
}
