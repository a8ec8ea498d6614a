import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { DraftClientProvider } from "assembly-service-client/drafts";
import { type ReactNode, useSyncExternalStore } from "react";
import { Link, useLocation } from "react-router";
import { onPersonChange } from "../../site/token";
import { AbsentSystem } from "./AbsentSystem";
import { personalClient } from "./client";
import { LeaveGuard } from "./LeaveGuard";
import { documentOptions, queryClient } from "./queries";
import { SignInGate } from "./SignInGate";
import { systemAt } from "./systems";
import "../../site/dialog.css";
import "./drafts.css";
import "./wizard.css";

interface DraftPageProps {
  title: string;
  /** The page above this one. */
  back?: { to: string; words: string };
  children: ReactNode;
}

/** What is around every page of a draft system. It begins anew when another person signs in. */
export function DraftPage({ title, back, children }: DraftPageProps) {
  const client = useSyncExternalStore(onPersonChange, personalClient);
  return (
    <QueryClientProvider client={queryClient}>
      <DraftClientProvider client={client}>
        <title>{`${title} · assembly-service`}</title>
        <div className="page drafts">
          {back && (
            <p className="crumb">
              <Link to={back.to}>{back.words}</Link>
            </p>
          )}
          <h1>{title}</h1>
          <SystemGate>
            <SignInGate>
              <LeaveGuard>{children}</LeaveGuard>
            </SignInGate>
          </SystemGate>
        </div>
      </DraftClientProvider>
    </QueryClientProvider>
  );
}

/** Says so where the service does not have the system of this page. */
function SystemGate({ children }: { children: ReactNode }) {
  const system = systemAt(useLocation().pathname);
  const { data } = useQuery(documentOptions);
  const isAbsent = data && system && !(system.schema in data.components.schemas);
  return isAbsent ? <AbsentSystem system={system} /> : children;
}
