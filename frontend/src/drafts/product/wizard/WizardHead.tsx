import { Countdown, ProgressBar, SavedLine, type SavedState, Steps } from "../../shared";
import { labelOf, shownState, TONES } from "./labels";
import { isAhead, type Step, STEPS, stateOf } from "./steps";
import type { Wizard } from "./useWizard";

/** Where one is: the steps, how far the draft has come, and how long it lives. */
export function WizardHead({ wizard }: { wizard: Wizard }) {
  const { steps, snapshot, go, isForbidden } = wizard;
  const state = shownState(snapshot);
  const saved = savedState(wizard);
  const isOpen = snapshot.result === null && snapshot.state !== "committing";
  return (
    <div className={`wizard-head ${state}`}>
      {snapshot.result === null && (
        <Steps
          steps={STEPS.map((key) => ({
            key,
            label: labelOf(key),
            state: stateOf(steps, key),
            isClosed: isForbidden && isAhead(steps, key),
          }))}
          onGo={isOpen ? (key) => go(key as Step) : null}
        />
      )}
      <ProgressBar percent={snapshot.percent} {...TONES[state]} />
      {isOpen && (
        <div className="wizard-lines">
          {saved && <SavedLine state={saved} at={wizard.savedAt} />}
          <Countdown expiresAt={snapshot.expiresAt} />
        </div>
      )}
    </div>
  );
}

function savedState(wizard: Wizard): SavedState | null {
  const { snapshot, isOffline, isTyped, isUnsaved, savedAt } = wizard;
  if (isOffline) return "offline";
  if (snapshot.loading === "product" || snapshot.loading === "target") return "saving";
  if (isUnsaved) return "unsaved";
  return !isTyped || savedAt === null ? null : "saved";
}
