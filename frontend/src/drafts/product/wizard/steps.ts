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

/** Where somebody is, and which steps are behind them. */
export interface Way {
  readonly current: Step;
  readonly passed: Partial<Record<Step, "done" | "skipped">>;
}

export type WayEvent =
  /** The current step is in order, or left out; on to the next, or to another one ahead. */
  | { readonly type: "passed"; readonly as: "done" | "skipped"; readonly to?: Step }
  /** Somebody wants to see another step. */
  | { readonly type: "went"; readonly to: Step }
  /** Something in a step has turned out to be wrong. */
  | { readonly type: "refused"; readonly at: Step }
  | { readonly type: "restarted" };

export const START: Way = { current: "details", passed: {} };

/** Leads from one place to the next; what cannot be reached yet is not gone to. */
export function onTheWay(way: Way, event: WayEvent): Way {
  switch (event.type) {
    case "passed": {
      const passed = { ...way.passed, [way.current]: event.as };
      const next = STEPS[STEPS.indexOf(way.current) + 1] ?? way.current;
      const to = event.to !== undefined && isOpen({ ...way, passed }, event.to) ? event.to : next;
      return { current: to, passed };
    }
    case "went":
      return isOpen(way, event.to) ? { ...way, current: event.to } : way;
    case "refused": {
      const { [event.at]: _, ...passed } = way.passed;
      return { current: event.at, passed };
    }
    case "restarted":
      return START;
  }
}

/** Whether a step can be gone to: everything before it is behind. */
export function isOpen({ passed }: Way, step: Step): boolean {
  return STEPS.slice(0, STEPS.indexOf(step)).every((before) => before in passed);
}

export type StepState = "done" | "current" | "open" | "skipped";

/** How far the service is to know what was typed: the product as a whole, then its audience. */
export interface Plan {
  readonly product: boolean;
  /** Null if nobody has been asked for the audience yet. */
  readonly audience: "done" | "skipped" | null;
}

export function planOf({ passed }: Way): Plan {
  const product = "details" in passed && "sale" in passed;
  return { product, audience: (product && passed.audience) || null };
}

/** What the row of steps shows. */
export function stateOf({ current, passed }: Way, step: Step): StepState {
  return step === current ? "current" : (passed[step] ?? "open");
}

/** A way that was kept, as far as it makes sense; else the start. */
export function readWay(kept: unknown): Way {
  if (typeof kept !== "object" || kept === null) return START;
  const { current, passed } = kept as Partial<Way>;
  if (!STEPS.includes(current as Step) || typeof passed !== "object") return START;
  const way = { current: current as Step, passed: passed ?? {} };
  return isOpen(way, way.current) ? way : START;
}
