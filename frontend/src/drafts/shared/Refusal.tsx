import type { DraftError } from "assembly-service-client/drafts";
import { useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { useLocation } from "react-router";
import { TokenForm } from "../../site/TokenForm";
import { AbsentSystem } from "./AbsentSystem";
import { systemAt } from "./systems";
import { asSentence } from "./words";

interface RefusalProps {
  error: DraftError;
  onRetry: () => void;
}

/** Why a call failed, and what can be done about it. */
export function Refusal({ error, onRetry }: RefusalProps) {
  const system = systemAt(useLocation().pathname);
  // For another person the page begins anew instead.
  const retryForSamePerson = (isSamePerson: boolean) => isSamePerson && onRetry();
  if (system && isUnknownAddress(error)) return <AbsentSystem system={system} />;
  if (error.status === 401) {
    return (
      <div className="refusal">
        <p role="alert">
          Your access token is missing or no longer valid. Nothing you typed is lost: give a new
          one, and you go on where you are.
        </p>
        <TokenForm onKept={retryForSamePerson} />
      </div>
    );
  }
  if (error.status === 403) {
    return (
      <div className="refusal">
        <p role="alert">
          {asSentence(error.message)} {system?.whoMay}
        </p>
        <p>To go on as somebody else, give another access token.</p>
        <TokenForm onKept={retryForSamePerson} />
      </div>
    );
  }
  return (
    <div className="refusal">
      <p role="alert">{asSentence(error.message)}</p>
      {error.isTransient && <Retry seconds={error.retryAfter ?? 0} onRetry={onRetry} />}
    </div>
  );
}

/** Draft systems answer in forms of their own; this one says that none of them was asked. */
function isUnknownAddress({ status, body }: DraftError): boolean {
  return status === 404 && typeof body === "object" && body !== null && "detail" in body;
}

function Retry({ seconds, onRetry }: { seconds: number; onRetry: () => void }) {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    setLeft(seconds);
    if (seconds === 0) return;
    const end = Date.now() + seconds * 1_000;
    const timer = setInterval(() => {
      const now = Math.max(0, Math.ceil((end - Date.now()) / 1_000));
      setLeft(now);
      if (now === 0) clearInterval(timer);
    }, 1_000);
    return () => clearInterval(timer);
  }, [seconds]);
  return (
    <Button className="button small" isDisabled={left > 0} onPress={onRetry}>
      {left > 0 ? `Try again in ${left} s` : "Try again"}
    </Button>
  );
}
