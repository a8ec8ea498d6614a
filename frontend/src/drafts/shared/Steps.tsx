import { Button } from "react-aria-components";

export type StepState = "done" | "current" | "open" | "skipped";

export interface Step {
  readonly key: string;
  readonly label: string;
  readonly state: StepState;
  /** Whether it cannot be gone to, though it is done or skipped. */
  readonly isClosed?: boolean;
}

interface StepsProps {
  steps: readonly Step[];
  /** Goes to a step that is done or skipped; null while nobody may. */
  onGo: ((key: string) => void) | null;
}

const WORDS: Record<StepState, string> = {
  done: "done",
  current: "current step",
  open: "not done yet",
  skipped: "skipped",
};

/** The steps of a wizard and how each stands. */
export function Steps({ steps, onGo }: StepsProps) {
  return (
    <nav aria-label="Steps">
      <ol className="steps">
        {steps.map((step, index) => (
          <li
            key={step.key}
            className={`step ${step.state}`}
            aria-current={step.state === "current" ? "step" : undefined}
          >
            <span className="step-number" aria-hidden="true">
              {step.state === "done" ? "✓" : index + 1}
            </span>
            <StepName step={step} onGo={onGo} />
          </li>
        ))}
      </ol>
    </nav>
  );
}

function StepName({ step, onGo }: { step: Step; onGo: StepsProps["onGo"] }) {
  const { key, label, state, isClosed = false } = step;
  const words = <span className="unseen">, {WORDS[state]}</span>;
  if (onGo === null || isClosed || state === "current" || state === "open") {
    return (
      <span className="step-label">
        {label}
        {words}
      </span>
    );
  }
  return (
    <Button className="step-label" onPress={() => onGo(key)}>
      {label}
      {state === "skipped" && <small> skipped</small>}
      {state === "done" && words}
    </Button>
  );
}
