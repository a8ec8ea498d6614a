import { DETAIL_FIELDS, type ProductField, SALE_FIELDS } from "../productForm";

export const STEPS = ["details", "sale", "audience", "review"] as const;
export type Step = (typeof STEPS)[number];

/** What a step asks for of the product. */
export const FIELDS_OF: Record<Step, readonly ProductField[]> = {
  details: DETAIL_FIELDS,
  sale: SALE_FIELDS,
  audience: [],
  review: [],
};

/** The step that asks for a field; all that is not of the product is of its audience. */
export function stepOfField(name: string): Step {
  const asks = (step: Step) => FIELDS_OF[step].some((field) => field === name);
  return STEPS.find(asks) ?? "audience";
}

/** The step that is shown, and those that are behind. */
export interface StepsState {
  readonly current: Step;
  readonly passed: Partial<Record<Step, "done" | "skipped">>;
}

export type StepsEvent =
  /** A step is in order, or left out; on to the next, or to another one ahead. */
  | {
      readonly type: "passed";
      readonly step: Step;
      readonly as: "done" | "skipped";
      readonly to?: Step;
    }
  /** Somebody wants to see another step. */
  | { readonly type: "went"; readonly to: Step }
  /** Something in a step has turned out to be wrong. */
  | { readonly type: "refused"; readonly at: Step }
  | { readonly type: "restarted" };

export const FIRST_STEP: StepsState = { current: "details", passed: {} };

/** The steps after an event; what cannot be reached yet is not gone to. */
export function stepsAfter(steps: StepsState, event: StepsEvent): StepsState {
  switch (event.type) {
    case "passed": {
      const passed = { ...steps.passed, [event.step]: event.as };
      // Whoever has gone elsewhere meanwhile stays there.
      if (steps.current !== event.step) return { ...steps, passed };
      const next = STEPS[STEPS.indexOf(event.step) + 1] ?? event.step;
      const to = event.to !== undefined && isOpen({ ...steps, passed }, event.to) ? event.to : next;
      return { current: to, passed };
    }
    case "went":
      return isOpen(steps, event.to) ? { ...steps, current: event.to } : steps;
    case "refused": {
      const { [event.at]: _, ...passed } = steps.passed;
      return { current: event.at, passed };
    }
    case "restarted":
      return FIRST_STEP;
  }
}

/** Whether a step can be gone to: everything before it is behind. */
export function isOpen({ passed }: StepsState, step: Step): boolean {
  return STEPS.slice(0, STEPS.indexOf(step)).every((before) => before in passed);
}

/** Whether a way there passes the step that is shown, which is then checked and sent. */
export function isAhead({ current }: StepsState, step: Step): boolean {
  return STEPS.indexOf(step) >= STEPS.indexOf(current);
}

export type StepState = "done" | "current" | "open" | "skipped";

/** How far the service is to know what was typed: the product as a whole, then its audience. */
export interface Plan {
  readonly product: boolean;
  /** Null if nobody has been asked for the audience yet. */
  readonly audience: "done" | "skipped" | null;
}

export function planOf({ passed }: StepsState): Plan {
  const product = "details" in passed && "sale" in passed;
  return { product, audience: (product && passed.audience) || null };
}

/** What the row of steps shows. */
export function stateOf({ current, passed }: StepsState, step: Step): StepState {
  return step === current ? "current" : (passed[step] ?? "open");
}

/** What was kept of the steps, as far as it makes sense; else the first step. */
export function readSteps(kept: unknown): StepsState {
  if (typeof kept !== "object" || kept === null) return FIRST_STEP;
  const { current, passed } = kept as Partial<StepsState>;
  if (!STEPS.includes(current as Step) || typeof passed !== "object") return FIRST_STEP;
  const steps = { current: current as Step, passed: passed ?? {} };
  return isOpen(steps, steps.current) ? steps : FIRST_STEP;
}
