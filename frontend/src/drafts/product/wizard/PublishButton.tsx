import { useState } from "react";
import { Button } from "react-aria-components";
import { ConfirmDialog } from "../../shared";
import { normalisedCode } from "../productForm";
import type { Wizard } from "./useWizard";

/** The button that leads on has the same id in each step: what is said of it survives the step. */
export const FORWARD = "step-forward";

/** Publishes what was reviewed, after a question; after a failure, again. */
export function PublishButton({ wizard }: { wizard: Wizard }) {
  const { forms, snapshot, publish, isPending, isForbidden, isOffline } = wizard;
  const [asks, setAsks] = useState(false);
  const isAgain = snapshot.state === "failed";
  const { productName, productCode } = forms.product.getValues();
  return (
    <>
      <Button
        id={FORWARD}
        className="button primary"
        isPending={isPending}
        isDisabled={isForbidden}
        onPress={() => (isAgain ? void publish() : setAsks(true))}
      >
        {isOffline ? "Waiting for the network" : isAgain ? "Try again" : "Publish"}
      </Button>
      {asks && (
        <ConfirmDialog
          title="Publish this product?"
          confirm="Publish it"
          onClose={() => setAsks(false)}
          onConfirm={() => {
            setAsks(false);
            void publish();
          }}
        >
          <p>
            {String(productName)} becomes a product with the code {normalisedCode(productCode)},
            together with its audience. It can be changed afterwards.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}
