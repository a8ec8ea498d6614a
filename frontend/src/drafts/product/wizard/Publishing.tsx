import { useEffect, useRef } from "react";
import { Refusal } from "../../shared";
import type { Wizard } from "./useWizard";

/** While it is published. It goes on by itself, unless nobody is signed in any longer who may ask. */
export function Publishing({ wizard }: { wizard: Wizard }) {
  const { error } = wizard.snapshot;
  const isRefused = error?.status === 401 || error?.status === 403;
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed is gone.
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className="panel publishing">
      <h2 ref={heading} tabIndex={-1}>
        The product is being published.
      </h2>
      {isRefused && <Refusal error={error} onRetry={wizard.askAgain} />}
      <p className="note">
        It takes a few seconds, and longer if the service is not there at the moment. You may load
        this page again or close it: product and audience are made together or not at all.
      </p>
    </section>
  );
}
