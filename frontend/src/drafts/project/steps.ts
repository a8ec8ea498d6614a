import type { ProjectField, ProjectSession } from "assembly-service-client/drafts";
import { isForbidden, type Step } from "../shared";

export const LABELS = ["Details", "Documents", "Data sources", "Review"] as const;
export const REVIEW = 4;
/** What is asked for before the review. */
export const INPUT_STEPS = [1, 2, 3];

const LATER: Partial<Record<string, number>> = {
  uploadedFiles: 2,
  aiSourcing: 3,
  connectors: 3,
} satisfies Partial<Record<ProjectField, number>>;

/** The step that asks for a field. */
export function stepOf(field: string): number {
  return LATER[field] ?? 1;
}

export function labelOf(step: number): string {
  return LABELS[step - 1] ?? "";
}

type Position = Pick<ProjectSession, "currentStep" | "completedSteps" | "validationStatus" | "error">;

/** How each step stands. What was completed and has become invalid since is open again. */
export function stepsOf(position: Position): Step[] {
  const { currentStep, completedSteps, validationStatus, error } = position;
  return LABELS.map((label, index) => {
    const step = index + 1;
    const isValid = validationStatus?.[`step${step}` as "step1"] !== false;
    const isDone = isValid && completedSteps.includes(step);
    const isClosed = isForbidden(error) && step > currentStep;
    return { key: String(step), label, state: stateOf(step === currentStep, isDone), isClosed };
  });
}

function stateOf(isCurrent: boolean, isDone: boolean): Step["state"] {
  if (isCurrent) return "current";
  return isDone ? "done" : "open";
}
