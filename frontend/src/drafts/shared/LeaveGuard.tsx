import { useUnsavedChanges } from "assembly-service-client/drafts";
import { createContext, type ReactNode, useContext, useEffect, useId, useState } from "react";
import { useBlocker } from "react-router";
import { ConfirmDialog } from "./ConfirmDialog";

/** The parts of the page with something unsaved. */
const UnsavedParts = createContext(new Set<string>());

/** Asks before another page takes the place of one with something that would be lost. */
export function LeaveGuard({ children }: { children: ReactNode }) {
  const [unsaved] = useState(() => new Set<string>());
  // A router has one blocker, however many parts there are.
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      unsaved.size > 0 && currentLocation.pathname !== nextLocation.pathname,
  );
  return (
    <UnsavedParts value={unsaved}>
      {children}
      {blocker.state === "blocked" && (
        <ConfirmDialog
          title="Leave without saving?"
          confirm="Leave"
          isDestructive
          onConfirm={blocker.proceed}
          onClose={blocker.reset}
        >
          <p>What you changed is not saved. It is gone when you leave.</p>
        </ConfirmDialog>
      )}
    </UnsavedParts>
  );
}

/** Tells the guard, and the browser, whether a part has something unsaved. */
export function useUnsavedPart(isUnsaved: boolean): void {
  const unsaved = useContext(UnsavedParts);
  const id = useId();
  useUnsavedChanges(isUnsaved);
  useEffect(() => {
    if (!isUnsaved) return;
    unsaved.add(id);
    return () => void unsaved.delete(id);
  }, [unsaved, id, isUnsaved]);
}
