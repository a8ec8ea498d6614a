import { type KeptDraft, useDraftClient } from "assembly-service-client/drafts";
import { useMemo } from "react";
import type { EducationValues } from "./educationForm";

interface KeptSession {
  /** Null while it is being staged. */
  readonly sessionId: string | null;
}

export interface KeptRegistration {
  /** What is typed and not saved yet. */
  readonly values: KeptDraft<EducationValues>;
  /** The session that is gone on with. */
  readonly session: KeptDraft<KeptSession>;
}

/** What this tab keeps over reloads; other tabs may register other members. */
export function useKeptRegistration(): KeptRegistration {
  const client = useDraftClient();
  return useMemo(
    () => ({
      values: client.kept<EducationValues>("education", { tab: true }),
      session: client.kept<KeptSession>("education.session", { tab: true }),
    }),
    [client],
  );
}
