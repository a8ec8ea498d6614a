import type { components } from "../openapi.js";
import { pause } from "../timing.js";
import type { DraftClient } from "./client.js";
import { DraftError } from "./errors.js";

const PREFIX = "/ot-education/orchestrator";
/** A minute without a network is no failure. */
const REPEAT_FOR_MS = 120_000;
const PAUSE_MS = 2_000;

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** The calls of education registration. Methods throw DraftError. */
export class EducationCalls {
  /** Whether an answer was lost since this was set to false: the call may have arrived twice. */
  isRepeated = false;
  readonly #client: DraftClient;
  readonly #waits: () => void;
  #leaving: AbortController | null = null;

  /** `waits` is called when there is no answer, and another attempt will be made. */
  constructor(client: DraftClient, waits: () => void) {
    this.#client = client;
    this.#waits = waits;
  }

  start(): void {
    this.#leaving = new AbortController();
  }

  /** Make no further attempts. */
  stop(): void {
    this.#leaving?.abort();
  }

  /** A call that is made once. */
  async once<Body>(method: Method, path: string, body?: unknown): Promise<Body> {
    return (await this.#client.call<Body>(method, `${PREFIX}${path}`, { body })).body;
  }

  /** A call that is made once, but not before the browser has a network. */
  async onceOnline<Body>(method: Method, path: string, body?: unknown): Promise<Body> {
    const signal = this.#leaving?.signal;
    const end = Date.now() + REPEAT_FOR_MS;
    while (globalThis.navigator?.onLine === false && !signal?.aborted && Date.now() < end) {
      this.#waits();
      await pause(PAUSE_MS, signal);
    }
    return this.once(method, path, body);
  }

  /** A call that does no harm if it arrives twice: repeated for two minutes, until it is answered. */
  async safely<Body>(method: Method, path: string, body?: unknown): Promise<Body> {
    const signal = this.#leaving?.signal;
    for (const end = Date.now() + REPEAT_FOR_MS; ; ) {
      try {
        return await this.once<Body>(method, path, body);
      } catch (error) {
        if (!isLost(error) || Date.now() >= end) throw error;
        this.isRepeated = true;
        this.#waits();
        await pause(Math.max(PAUSE_MS, (error.retryAfter ?? 0) * 1_000), signal);
        if (signal?.aborted) throw error;
      }
    }
  }
}

/** Whether the session, or the record, is not there or no longer. */
export function isGone(error: unknown): boolean {
  return error instanceof DraftError && error.status === 404;
}

/** Whether there was no answer, or the service could not give one for now. */
function isLost(error: unknown): error is DraftError {
  if (!(error instanceof DraftError) || error.status === 500) return false;
  return error.isTransient || isBeingCreated(error);
}

/** Whether a call that creates waited in vain for another one, which was perhaps its own. */
function isBeingCreated({ status, body }: DraftError): boolean {
  const { step, nextAction } = (body ?? {}) as Partial<components["schemas"]["EducationError"]>;
  const creates = step === "create" || step === "execute-workflow";
  return status === 409 && creates && nextAction === "create_record";
}
