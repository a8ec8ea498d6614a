import { pause } from "../../timing.js";
import { DraftError } from "../errors.js";
import type { Project } from "./calls.js";
import type { ProjectSync } from "./sync.js";
import { pauseAfter } from "./save-timer.js";

/** A commit whose service died holds the session for 30 s. */
const LONGEST_MS = 90_000;

/**
 * Save, and create the project. What was cut off is tried again until the signal aborts, as the
 * service makes one project of a session however often it is asked. Throws DraftError.
 */
export async function commitProject(
  sync: ProjectSync,
  signal: AbortSignal | undefined,
  interrupted: (error: DraftError) => void,
): Promise<Project> {
  const deadline = Date.now() + LONGEST_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      return await commitOnce(sync);
    } catch (error) {
      if (!isInterruption(error) || Date.now() > deadline) throw error;
      interrupted(error);
      if (signal === undefined) throw error;
      await pause(pauseAfter(attempt, error), signal);
      if (signal.aborted) throw error;
    }
  }
}

async function commitOnce(sync: ProjectSync): Promise<Project> {
  await saveAll(sync);
  if (sync.project !== null) return sync.project;
  if (sync.id === null) await sync.create();
  return sync.commit();
}

/** Save what is unsaved, unless the session has become a project. Throws DraftError if any is left. */
export async function saveAll(sync: ProjectSync): Promise<void> {
  await sync.load();
  await sync.send(false);
  if (sync.project !== null) return;
  if (sync.edits.conflicts.length > 0) throw undecided();
  if (sync.edits.isRefused && sync.refusal !== null) throw sync.refusal;
}

/** Whether a commit may have been cut off, so that asking again tells what became of it. */
function isInterruption(error: unknown): error is DraftError {
  if (!(error instanceof DraftError)) return false;
  const { status, code } = error;
  return status === null || status > 500 || status === 429 || code === "COMMIT_IN_PROGRESS";
}

/** Somebody has to choose first. */
export function undecided(): DraftError {
  const message = "Some fields were changed elsewhere too: choose what to keep, then try again.";
  return new DraftError({ status: 409, code: "undecided", message });
}
