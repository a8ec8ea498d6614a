"use client";

import { useMemo, useState, useSyncExternalStore } from "react";
import { ProjectDraft } from "../project/project-draft.js";
import { NO_PROJECT_DRAFT, type ProjectDraftSnapshot } from "../project/snapshot.js";
import { useDraftClient } from "./provider.js";

type Members =
  | "createSession"
  | "updateSession"
  | "loadSession"
  | "clearSession"
  | "save"
  | "validate"
  | "commit"
  | "keepMine"
  | "takeTheirs";

export interface ProjectSession extends ProjectDraftSnapshot, Pick<ProjectDraft, Members> {}

/** The project that is typed in this browser; while the component is mounted, it saves itself. */
export function useProjectSession(): ProjectSession {
  const client = useDraftClient();
  const [draft] = useState(() => new ProjectDraft(client));
  const snapshot = useSyncExternalStore(draft.subscribe, draft.getSnapshot, () => NO_PROJECT_DRAFT);
  return useMemo(() => {
    const { createSession, updateSession, loadSession, clearSession } = draft;
    const { save, validate, commit, keepMine, takeTheirs } = draft;
    return {
      ...snapshot,
      createSession,
      updateSession,
      loadSession,
      clearSession,
      save,
      validate,
      commit,
      keepMine,
      takeTheirs,
    };
  }, [draft, snapshot]);
}
