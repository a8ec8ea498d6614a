import type { ProductDraft } from "assembly-service-client/drafts";
import { type Dispatch, useReducer, useRef, useState } from "react";
import {
  FIELDS_OF,
  planOf,
  type Step,
  STEPS,
  stepsAfter,
  type StepsEvent,
  type StepsState,
} from "./steps";
import type { WizardForms } from "./useForms";
import type { useKeeping } from "./useKeeping";
import type { useSaving } from "./useSaving";

interface Navigation {
  draft: ProductDraft;
  forms: WizardForms;
  steps: StepsState;
  move: Dispatch<StepsEvent>;
  saving: ReturnType<typeof useSaving>;
  keeping: ReturnType<typeof useKeeping>;
}

/** From step to step, and at last to the product. One thing at a time: second clicks do nothing. */
export function useStepNavigation({ draft, forms, steps, move, saving, keeping }: Navigation) {
  const { save, reach, commit } = saving;
  const [isBusy, setBusy] = useState(false);
  const [tries, tryAgain] = useReducer((count: number) => count + 1, 0);
  const runs = useRef(false);
  const last = useRef<() => Promise<void>>(async () => {});

  async function exclusively(act: () => Promise<void>): Promise<void> {
    if (runs.current) return;
    runs.current = true;
    last.current = act;
    setBusy(true);
    try {
      await act();
    } finally {
      runs.current = false;
      setBusy(false);
    }
  }

  async function saved(to: StepsState, options = { everything: false }): Promise<boolean> {
    const changes = keeping.changes();
    const isSaved = await save(planOf(to), options);
    if (isSaved && planOf(to).product) keeping.setSaved(changes);
    return isSaved;
  }

  /** Passes the current step: checks it, sends what is complete, and goes on. */
  const pass = (as: "done" | "skipped", to?: Step) =>
    exclusively(async () => {
      const event = { type: "passed", as, ...(to && { to }) } as const;
      const isWrong = as === "done" && !(await isInOrder(forms, steps.current));
      tryAgain();
      if (isWrong) return;
      if (await saved(stepsAfter(steps, event))) move(event);
    });

  /** Back as it is; forward if the current step is in order. */
  function go(to: Step): void {
    if (runs.current) return;
    if (STEPS.indexOf(to) < STEPS.indexOf(steps.current)) move({ type: "went", to });
    else void pass(steps.passed[steps.current] ?? "done", to);
  }

  const publish = () =>
    exclusively(async () => {
      const wrong = await firstWrong(forms);
      if (wrong !== undefined) return move({ type: "refused", at: wrong });
      // Another tab may have changed the draft since: what was reviewed here is published.
      if (await saved(steps, { everything: true })) await commit();
    });

  /** Another draft with what was typed, as far as the one before it was. */
  const beginAgain = () =>
    exclusively(async () => {
      if (await reach(draft.create)) await saved(steps);
    });

  const retry = () => void exclusively(last.current);
  return { isBusy, tries, pass, go, publish, beginAgain, retry };
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
