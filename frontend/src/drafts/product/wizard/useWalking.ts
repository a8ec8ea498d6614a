import type { ProductDraft } from "assembly-service-client/drafts";
import { type Dispatch, useReducer, useRef, useState } from "react";
import { FIELDS_OF, onTheWay, planOf, type Step, STEPS, type Way, type WayEvent } from "./steps";
import type { WizardForms } from "./useForms";
import type { useKeeping } from "./useKeeping";
import type { useSaving } from "./useSaving";

interface Walking {
  draft: ProductDraft;
  forms: WizardForms;
  way: Way;
  move: Dispatch<WayEvent>;
  saving: ReturnType<typeof useSaving>;
  keeping: ReturnType<typeof useKeeping>;
}

/** From step to step, and at last to the product. One thing at a time: second clicks do nothing. */
export function useWalking({ draft, forms, way, move, saving, keeping }: Walking) {
  const { save, reach, commit } = saving;
  const [isWalking, setWalking] = useState(false);
  const [tries, tryAgain] = useReducer((count: number) => count + 1, 0);
  const isBusy = useRef(false);
  const last = useRef<() => Promise<void>>(async () => {});

  async function alone(walk: () => Promise<void>): Promise<void> {
    if (isBusy.current) return;
    isBusy.current = true;
    last.current = walk;
    setWalking(true);
    try {
      await walk();
    } finally {
      isBusy.current = false;
      setWalking(false);
    }
  }

  async function saved(to: Way): Promise<boolean> {
    const changes = keeping.changes();
    const isSaved = await save(planOf(to));
    if (isSaved && planOf(to).product) keeping.setSaved(changes);
    return isSaved;
  }

  /** Passes the current step: checks it, sends what is complete, and goes on. */
  const pass = (as: "done" | "skipped", to?: Step) =>
    alone(async () => {
      const event = { type: "passed", as, ...(to && { to }) } as const;
      if (as === "done" && !(await isInOrder(forms, way.current))) return tryAgain();
      if (await saved(onTheWay(way, event))) move(event);
    });

  /** Back as it is; forward if the current step is in order. */
  function go(to: Step): void {
    if (isBusy.current) return;
    if (STEPS.indexOf(to) < STEPS.indexOf(way.current)) move({ type: "went", to });
    else void pass(way.passed[way.current] ?? "done", to);
  }

  const publish = () =>
    alone(async () => {
      const wrong = await firstWrong(forms);
      if (wrong !== undefined) return move({ type: "refused", at: wrong });
      if (await saved(way)) await commit();
    });

  /** Another draft with what was typed, as far as the one before it was. */
  const beginAgain = () =>
    alone(async () => {
      if (await reach(draft.create)) await saved(way);
    });

  const retry = () => void alone(last.current);
  return { isWalking, tries, pass, go, publish, beginAgain, retry };
}

/** Whether a step may be passed; else the focus is on what is wrong. */
function isInOrder({ product, audience }: WizardForms, step: Step): Promise<boolean> {
  if (step === "audience") return audience.trigger(undefined, { shouldFocus: true });
  product.clearErrors("root");
  return product.trigger(FIELDS_OF[step], { shouldFocus: true });
}

async function firstWrong({ product }: WizardForms): Promise<Step | undefined> {
  for (const step of ["details", "sale"] as const) {
    if (!(await product.trigger(FIELDS_OF[step]))) return step;
  }
  return undefined;
}
