import type { ProductDraft } from "assembly-service-client/drafts";
import { type Dispatch, useReducer } from "react";
import {
  FIELDS_OF,
  isAhead,
  planOf,
  type Step,
  stepsAfter,
  type StepsEvent,
  type StepsState,
} from "./steps";
import type { useExclusive } from "./useExclusive";
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
  exclusive: ReturnType<typeof useExclusive>;
}

/** From step to step, and at last to the product. */
export function useStepNavigation(navigation: Navigation) {
  const { draft, forms, steps, move, saving, keeping, exclusive } = navigation;
  const { save, reach, commit } = saving;
  const { exclusively, retryWith, isBusy } = exclusive;
  const [tries, tryAgain] = useReducer((count: number) => count + 1, 0);

  async function saved(to: StepsState, options = { everything: false }): Promise<boolean> {
    const changes = keeping.changes();
    const isSaved = await save(planOf(to), options);
    if (isSaved && planOf(to).product) keeping.setSaved(changes);
    return isSaved;
  }

  /** Checks the step that is shown, sends what is complete, and goes on. */
  async function goOn(from: StepsState, as: "done" | "skipped", to?: Step): Promise<void> {
    const event = { type: "passed", step: from.current, as, ...(to && { to }) } as const;
    const isWrong = as === "done" && !(await isInOrder(forms, from.current));
    tryAgain();
    if (isWrong) return;
    if (await saved(stepsAfter(from, event))) move(event);
  }

  const pass = (as: "done" | "skipped", to?: Step) => exclusively(() => goOn(steps, as, to));

  /** Back as it is; forward if the current step is in order. */
  function go(to: Step): void {
    if (isBusy) return;
    const asBefore = (step: Step) => steps.passed[step] ?? "done";
    if (isAhead(steps, to)) return void pass(asBefore(steps.current), to);
    move({ type: "went", to });
    // What may have failed was of the step that is left.
    retryWith(() => goOn({ ...steps, current: to }, asBefore(to)));
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

  return { tries, pass, go, publish, beginAgain };
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
