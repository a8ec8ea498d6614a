import { KeptDraft, type UsedEducationRegistration } from "assembly-service-client/drafts";
import { useEffect, useRef } from "react";
import { type EducationValues, valuesOf } from "./educationForm";

/** The session that this tab works on, over reloads. */
const lastSession = new KeptDraft<string>(sessionStorage, "education.session");

interface Resumed {
  registration: UsedEducationRegistration;
  attemptTo: (act: () => unknown) => void;
  /** Whether something was typed before the page was loaded again. */
  isTyped: boolean;
  fill: (values: EducationValues) => void;
}

/** Goes on with the session of this tab. What was typed and not saved stays in the form. */
export function useResumed({ registration, attemptTo, isTyped, fill }: Resumed): void {
  const { resume, session, record, error } = registration;
  const filled = useRef<string | null>(null);
  const keepsTyped = useRef(isTyped);

  useEffect(() => {
    const kept = lastSession.read();
    if (kept === null) keepsTyped.current = false;
    else attemptTo(() => resume(kept));
  }, [resume, attemptTo]);

  useEffect(() => {
    if (session === null || session.sessionId === filled.current) return;
    filled.current = session.sessionId;
    lastSession.write(session.sessionId);
    if (!keepsTyped.current) fill(valuesOf(session));
    keepsTyped.current = false;
  }, [session, fill]);

  const isOver = record !== null || error?.status === 404;
  useEffect(() => {
    if (!isOver) return;
    lastSession.clear();
    keepsTyped.current = false;
  }, [isOver]);
}

/** Lets the tab begin anew. */
export function forgetSession(): void {
  lastSession.clear();
}
