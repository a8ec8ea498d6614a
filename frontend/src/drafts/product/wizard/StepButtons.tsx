import { useState } from "react";
import { Button } from "react-aria-components";
import { ConfirmDialog } from "../../shared";
import { labelOf } from "./labels";
import { FORWARD, PublishButton } from "./PublishButton";
import { STEPS } from "./steps";
import type { Wizard } from "./useWizard";

/** The ways on from a step, and out of the wizard. */
export function StepButtons({ wizard }: { wizard: Wizard }) {
  const { steps, pass, go, isPending, isForbidden, isTyped, isOffline } = wizard;
  const [asksDiscard, setAsksDiscard] = useState(false);
  const here = STEPS.indexOf(steps.current);
  const [before, after] = [STEPS[here - 1], STEPS[here + 1]];
  return (
    <div className="buttons wizard-buttons">
      {before !== undefined && (
        <Button className="button" isDisabled={isPending} onPress={() => go(before)}>
          Back
        </Button>
      )}
      {after !== undefined && (
        <Button
          id={FORWARD}
          type="submit"
          className="button primary"
          isPending={isPending}
          isDisabled={isForbidden}
        >
          {isOffline ? "Waiting for the network" : `Next: ${labelOf(after).toLowerCase()}`}
        </Button>
      )}
      {steps.current === "review" && <PublishButton wizard={wizard} />}
      {steps.current === "audience" && (
        <Button
          className="button"
          isDisabled={isPending || isForbidden}
          onPress={() => void pass("skipped")}
        >
          Skip: everyone may see it
        </Button>
      )}
      {isTyped && (
        <Button
          className="button discard"
          isDisabled={isPending && !isOffline}
          onPress={() => setAsksDiscard(true)}
        >
          Discard
        </Button>
      )}
      {asksDiscard && (
        <ConfirmDialog
          title="Discard what you typed?"
          confirm="Discard it"
          isDestructive
          onClose={() => setAsksDiscard(false)}
          onConfirm={() => {
            setAsksDiscard(false);
            wizard.discard();
          }}
        >
          <p>It is deleted for good. Nothing of it has been published.</p>
        </ConfirmDialog>
      )}
    </div>
  );
}
