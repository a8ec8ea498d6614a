import { useState, type ReactNode } from "react";
import { useLocation } from "react-router";
import { hasToken } from "../../site/token";
import { TokenForm } from "../../site/TokenForm";
import { systemAt } from "./systems";

/** Asks for a token before a page is shown that is of no use without one. */
export function SignInGate({ children }: { children: ReactNode }) {
  const system = systemAt(useLocation().pathname);
  const [isSignedIn, setSignedIn] = useState(hasToken);
  if (isSignedIn || !system?.needsToken) return children;
  return (
    <div className="refusal sign-in">
      <p>Sign in to go on. {system.whoMay}</p>
      <TokenForm onKept={setSignedIn} />
    </div>
  );
}
