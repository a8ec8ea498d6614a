import { useState } from "react";
import { Button } from "react-aria-components";
import { ConfirmDialog } from "../shared";
import type { Registration } from "./useRegistration";

/** Cancels the registration, once that is confirmed. */
export function CancelButton({ registration }: { registration: Registration }) {
  const { education, startOver } = registration;
  const { loading } = education;
  const [isAsking, setAsking] = useState(false);

  async function cancel() {
    const isCancelled = (await education.cancel()) !== null;
    setAsking(false);
    if (isCancelled) startOver();
  }

  return (
    <>
      <Button className="button discard" isDisabled={loading} onPress={() => setAsking(true)}>
        Discard the registration
      </Button>
      {isAsking && (
        <ConfirmDialog
          title="Discard the registration?"
          confirm="Discard it"
          isDestructive
          isPending={loading}
          onConfirm={() => void cancel()}
          onClose={() => setAsking(false)}
        >
          <p>What was typed is deleted, here and on the service.</p>
        </ConfirmDialog>
      )}
    </>
  );
}
