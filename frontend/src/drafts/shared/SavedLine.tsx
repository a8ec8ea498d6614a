import { useKeepsText } from "assembly-service-client/drafts";
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
  unsaved: "unsaved",
  offline: "error",
};

/** Whether what was typed is saved. A lost connection is announced, and the first save after it. */
export function SavedLine({ state, at }: SavedLineProps) {
  const connection = useConnection(state);
  const keepsText = useKeepsText();
  // As long as it is lost, trying again is no news.
  const shown = connection === "lost" ? "offline" : state;
  const said = words(shown, at, keepsText);
  const isNews = connection !== "usual";
  return (
    <div className="status-line">
      <p>
        <span className={`status-dot ${DOTS[shown]}`} aria-hidden="true" />
        <span className="status-word" role="status">
          {isNews && said}
        </span>
        {!isNews && <span className="status-word">{said}</span>}
      </p>
    </div>
  );
}

type Connection = "usual" | "lost" | "back";

function useConnection(state: SavedState): Connection {
  const [before, setBefore] = useState<Connection>("usual");
  const now = connectionAfter(before, state);
  if (now !== before) setBefore(now);
  return now;
}

function connectionAfter(before: Connection, state: SavedState): Connection {
  if (state === "offline" || (state === "saving" && before === "lost")) return "lost";
  return state === "saved" && before !== "usual" ? "back" : "usual";
}

function words(state: SavedState, at: number | null, keepsText: boolean): string {
  if (state === "saving") return "Saving";
  if (state === "unsaved") return keepsText ? "Not saved yet; kept in this browser" : "Not saved yet";
  if (state === "offline") {
    return `No connection; ${keepsText ? "kept in this browser and " : ""}saved when it is back`;
  }
  return at === null ? "Saved" : `Saved at ${new Date(at).toLocaleTimeString([], { timeStyle: "short" })}`;
}
