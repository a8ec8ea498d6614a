import { useState } from "react";

export type SavedState = "saved" | "saving" | "unsaved" | "offline";

interface SavedLineProps {
  state: SavedState;
  /** When it was saved last, in milliseconds since 1970. */
  at: number | null;
}

const DOTS: Record<SavedState, string> = {
  saved: "live",
  saving: "reconnecting",
  unsaved: "polling",
  offline: "error",
};

/** Whether what was typed is saved, in a quiet line: only a connection that is lost or back is spoken. */
export function SavedLine({ state, at }: SavedLineProps) {
  const [wasOffline, setWasOffline] = useState(false);
  const isOffline = state === "offline";
  if (isOffline && !wasOffline) setWasOffline(true);
  return (
    <div className="status-line">
      <p className="unseen" role="status">
        {isOffline ? "You are offline." : wasOffline && "You are online again."}
      </p>
      <p>
        <span className={`status-dot ${DOTS[state]}`} aria-hidden="true" />
        <span className="status-word">{words(state, at)}</span>
      </p>
    </div>
  );
}

function words(state: SavedState, at: number | null): string {
  if (state === "saving") return "Saving";
  if (state === "unsaved") return "Not saved yet; kept in this browser";
  if (state === "offline") return "No connection; kept in this browser and saved when it is back";
  return at === null ? "Saved" : `Saved at ${new Date(at).toLocaleTimeString([], TIME)}`;
}

const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
