import type { ProjectSession } from "assembly-service-client/drafts";
import { useState } from "react";
import { Button } from "react-aria-components";
import { ConfirmDialog } from "../shared";
import { focusOn } from "./focus";

/** Throws the draft away, after a question. */
export function DiscardDraft({ session }: { session: ProjectSession }) {
  const [isAsking, setAsking] = useState(false);
  if (Object.keys(session.projectData).length === 0 || session.isCommitting) return null;

  function discard() {
    setAsking(false);
    void session.clearSession().then(() => focusOn(null));
  }

  return (
    <>
      <Button className="button discard" onPress={() => setAsking(true)}>
        Discard this draft
      </Button>
      {isAsking && (
        <ConfirmDialog
          title="Discard this draft?"
          confirm="Discard"
          isDestructive
          onConfirm={discard}
          onClose={() => setAsking(false)}
        >
          <p>All that you typed for this project is deleted, here and in other tabs.</p>
        </ConfirmDialog>
      )}
    </>
  );
}
