import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useLocation } from "react-router";
import { hasToken } from "../../site/token";
import { TokenForm } from "../../site/TokenForm";
import { documentOptions } from "./queries";
import { needsToken, systemAt } from "./systems";

/** Asks for a token before a page is shown that is of no use without one. */
export function SignInGate({ children }: { children: ReactNode }) {
  const system = systemAt(useLocation().pathname);
  const [isSignedIn, setSignedIn] = useState(hasToken);
  const { data } = useQuery(documentOptions);
  if (isSignedIn || system === undefined) return children;
  if (data === undefined) return <p role="status">Loading the page.</p>;
  if (!needsToken(system, data)) return children;
  return (
    <div className="refusal sign-in">
      <p>Sign in to go on. {system.whoMay}</p>
      <TokenForm onKept={setSignedIn} />
    </div>
  );
}
