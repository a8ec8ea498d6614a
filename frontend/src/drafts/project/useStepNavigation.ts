import type { ProjectSession } from "assembly-service-client/drafts";
import { useState } from "react";
import { asSentence } from "../shared/words";
import type { ProjectForm } from "./useProjectForm";

/** Leaves a step that has no mistakes, and saves; without an answer the review will tell them. */
export function useStepNavigation(
  session: ProjectSession,
  form: ProjectForm,
  names: readonly string[],
) {
  const { currentStep, completedSteps } = session;
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
    session.updateSession({ currentStep: to, completedSteps: [...completedSteps, currentStep] });
    void session.save();
  }

  return { isRefused, isChecking, leave };
}
