import type { ProjectSession } from "assembly-service-client/drafts";
import { useEffect, useRef, useState } from "react";
import { isForbidden } from "../shared";
import { asSentence } from "../shared/words";
import type { ProjectForm } from "./useProjectForm";

/** Leaves a step that has no mistakes, and saves; without an answer the review will tell them. */
export function useStepNavigation(
  session: ProjectSession,
  form: ProjectForm,
  names: readonly string[],
) {
  const { currentStep } = session;
  const latest = useRef<ProjectSession | null>(session);
  useEffect(() => {
    latest.current = session;
    return () => void (latest.current = null);
  }, [session]);
  const [isChecking, setChecking] = useState(false);
  const [isRefused, setRefused] = useState(false);

  async function hasMistakes(): Promise<boolean> {
    const [, validation] = await Promise.all([form.trigger(names), session.validate(currentStep)]);
    for (const [name, message] of Object.entries(validation?.fields ?? {})) {
      // The page has a sentence of its own for some mistakes.
      if (!form.getFieldState(name).invalid) form.setError(name, { message: asSentence(message) });
    }
    const first = names.find((name) => form.getFieldState(name).invalid);
    if (first !== undefined) form.setFocus(first);
    return first !== undefined;
  }

  async function leave(to: number): Promise<void> {
    if (isChecking) return;
    setChecking(true);
    try {
      const isWrong = await hasMistakes();
      setRefused(isWrong);
      if (isWrong) return;
    } finally {
      setChecking(false);
    }
    // The step may have been left another way meanwhile, and others completed in another tab.
    if (latest.current === null || isForbidden(latest.current.error)) return;
    const { completedSteps, updateSession, save } = latest.current;
    updateSession({ currentStep: to, completedSteps: [...completedSteps, currentStep] });
    void save();
  }

  return { isRefused, isChecking, leave };
}
