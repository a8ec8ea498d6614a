import type { UsedEducationRegistration } from "assembly-service-client/drafts";
import { useEffect, useRef } from "react";
import { type EducationValues, valuesOf } from "./educationForm";
import type { KeptRegistration } from "./useKeptRegistration";

interface Resumed {
  education: UsedEducationRegistration;
  kept: KeptRegistration;
  attempt: (act: () => unknown) => void;
  /** Whether something was typed before the page was loaded again. */
  isTyped: boolean;
  fill: (values: EducationValues) => void;
}

/** Goes on with the session of this tab. What was typed and not saved stays in the form. */
export function useKeptSession({ education, kept, attempt, isTyped, fill }: Resumed): void {
  const { resume, session, record, error } = education;
  const filled = useRef<string | null>(null);
  const keepsTyped = useRef(isTyped);

  useEffect(() => {
    const { sessionId = null } = kept.session.read() ?? {};
    if (sessionId === null) keepsTyped.current = false;
    else attempt(() => resume(sessionId));
  }, [kept, resume, attempt]);

  useEffect(() => {
    if (session === null || session.sessionId === filled.current) return;
    filled.current = session.sessionId;
    kept.session.write({ sessionId: session.sessionId });
    if (!keepsTyped.current) fill(valuesOf(session));
    keepsTyped.current = false;
  }, [kept, session, fill]);

  const isOver = record !== null || error?.status === 404;
  useEffect(() => {
    if (!isOver) return;
    kept.session.clear();
    keepsTyped.current = false;
  }, [kept, isOver]);
}
