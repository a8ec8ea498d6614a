import { type ExpirationPhase, useExpirationTimer } from "assembly-service-client/drafts";

const NOTICES: Record<ExpirationPhase, string> = {
  running: "",
  soon: "This draft expires in less than 15 minutes.",
  last: "This draft expires in less than 5 minutes. Finish it now, or begin again later with what you typed.",
  expired: "This draft has expired. What you typed is still here.",
};

/** How long a draft still lives. People hear of it 15 and 5 minutes before its end, and at its end. */
export function Countdown({ expiresAt }: { expiresAt: string | null | undefined }) {
  const { secondsLeft, phase } = useExpirationTimer(expiresAt);
  return (
    <div className={`countdown ${phase}`}>
      {secondsLeft !== null && phase !== "expired" && (
        <p role="timer" aria-live="off">
          Expires in <strong>{clockText(secondsLeft)}</strong>
        </p>
      )}
      <p role="status">{NOTICES[phase]}</p>
    </div>
  );
}

/** As in `1:05:09` or `4:09`. */
export function clockText(seconds: number): string {
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [first, ...rest.map((part) => String(part).padStart(2, "0"))].join(":");
}
