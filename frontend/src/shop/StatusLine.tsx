import type { ShopSnapshot, ShopStatus } from "assembly-service-client";
import { TokenForm } from "../site/TokenForm";
import { time } from "./format";

const WORDS: Record<ShopStatus, string> = {
  loading: "Loading",
  live: "Live",
  reconnecting: "Reconnecting",
  polling: "Asking every few seconds",
  error: "Stopped",
};

/** What another access token may end. */
const OF_A_TOKEN = new Set(["http_401", "http_403", "seller_not_allowed"]);

interface StatusLineProps extends Pick<ShopSnapshot, "status" | "error" | "lastSyncedAt"> {
  refresh: () => Promise<void>;
}

/** How up to date the shop is. Changes are announced elsewhere, with less chatter. */
export function StatusLine({ status, error, lastSyncedAt, refresh }: StatusLineProps) {
  return (
    <div className="status-line">
      <p>
        <span className={`status-dot ${status}`} aria-hidden="true" />
        <span className="status-word">{WORDS[status]}</span>
        {lastSyncedAt !== null && <span>Last synced {time(lastSyncedAt)}</span>}
      </p>
      {error !== null && (
        <p className="status-error">
          {error.message}
          {error.isFinal && (
            <button className="button small" onClick={() => void refresh()}>
              Try again
            </button>
          )}
        </p>
      )}
      {error !== null && OF_A_TOKEN.has(error.code) && (
        // Whoever it is, the page begins anew with it.
        <TokenForm onKept={() => window.location.reload()} />
      )}
    </div>
  );
}
