import { Button } from "react-aria-components";
import { OtherTexts, Refusal } from "../../shared";
import { isForPeople } from "./useRefusals";
import type { Wizard } from "./useWizard";

/** What has to be said before the step: that text came back, or why something failed. */
export function WizardNotices({ wizard }: { wizard: Wizard }) {
  const { snapshot, isOffline, isRestored, isShared, others, beginEmpty, goOnWith, retry } = wizard;
  const { error } = snapshot;
  const isWaiting = error?.code === "unreachable" && isOffline;
  return (
    <>
      {isRestored && (
        <div className="notice" role="status">
          <p>What you typed before is here again.</p>
          {isShared && (
            <Button className="button small" onPress={beginEmpty}>
              Begin with an empty form instead
            </Button>
          )}
        </div>
      )}
      <OtherTexts
        texts={others}
        nameOf={({ product }) => String(product.productName || product.productCode || "a product without a name")}
        onTake={goOnWith}
      />
      {error?.code === "commit_failed" && (
        <div className="refusal" role="alert">
          <p>The product was not published, and nothing was written.</p>
          <ul>
            {error.errors.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      )}
      {isForPeople(error) && !isWaiting && <Refusal error={error} onRetry={retry} />}
    </>
  );
}
