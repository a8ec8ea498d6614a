import { type KeptDraft, useDraftClient } from "assembly-service-client/drafts";
import { useState } from "react";
import { KeptTexts } from "../shared";
import type { EducationValues } from "./educationForm";

/** What is typed and not saved yet. */
export interface UnsavedText {
  readonly values: EducationValues;
  /** The session that it is for; null if there is none yet. */
  readonly sessionId: string | null;
}

interface KeptSession {
  /** Null while it is being staged. */
  readonly sessionId: string | null;
}

export interface KeptRegistration {
  readonly texts: KeptTexts<UnsavedText>;
  /** The session that is gone on with in this tab. */
  readonly session: KeptDraft<KeptSession>;
}

/** What is kept over reloads and crashes; each tab may register another member. */
export function useKeptRegistration(): KeptRegistration {
  const client = useDraftClient();
  const [kept] = useState(() => ({
    texts: new KeptTexts({ client, key: "education", typed: ({ values }: UnsavedText) => values }),
    session: client.kept<KeptSession>("education.session", { tab: true }),
  }));
  return kept;
}
