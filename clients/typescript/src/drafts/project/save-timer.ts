import { around } from "../../timing.js";
import type { DraftError } from "../errors.js";

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** When something is saved by itself: a while after the last change, and later after failures. */
export class SaveTimer {
  readonly #save: () => void;
  #isRunning = false;
  #failures = 0;
  #notBefore = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(save: () => void) {
    this.#save = save;
  }

  start(): void {
    this.#isRunning = true;
  }

  stop(): void {
    this.#isRunning = false;
    this.cancel();
  }

  /** Save after this time, instead of when it was to be. */
  schedule(milliseconds: number): void {
    this.cancel();
    if (!this.#isRunning) return;
    const wait = Math.max(milliseconds, this.#notBefore - Date.now());
    this.#timer = setTimeout(this.#save, wait);
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }

  /** Save again after a pause, and not earlier. */
  failed(error: DraftError): void {
    this.#notBefore = Date.now() + pauseAfter(this.#failures++, error);
    this.schedule(0);
  }
}

/** Longer each time, and at least as long as the service asks for. */
export function pauseAfter(failures: number, { retryAfter = 0 }: DraftError): number {
  const growing = around(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures));
  return Math.max(growing, retryAfter * 1_000);
}
