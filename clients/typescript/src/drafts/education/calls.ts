import type { components } from "../../openapi.js";
import { pause } from "../../timing.js";
import type { DraftClient } from "../client.js";
import { isSameEducation } from "./data.js";
import type {
  EducationListed,
  EducationSession,
  EducationStaged,
  EducationStageInput,
} from "./state.js";
import { DraftError } from "../errors.js";

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
  /** Whether an attempt to stage was not answered with a session: it may have made one. */
  #isStageSent = false;

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

  /** Make a call once. */
  async once<Body>(method: Method, path: string, body?: unknown): Promise<Body> {
    return (await this.#client.call<Body>(method, `${PREFIX}${path}`, { body })).body;
  }

  /**
   * Make a call, and repeat it for two minutes until it is answered.
   *
   * It must do no harm if it arrives twice; otherwise `arrived` looks, before each repetition, for what
   * an attempt without an answer has made.
   */
  async safely<Body>(
    method: Method,
    path: string,
    body?: unknown,
    arrived?: () => Promise<Body | null>,
  ): Promise<Body> {
    const signal = this.#leaving?.signal;
    for (const end = Date.now() + REPEAT_FOR_MS; ; ) {
      try {
        const made = this.isRepeated && arrived ? await arrived() : null;
        return made ?? (await this.once<Body>(method, path, body));
      } catch (error) {
        if (!isLost(error) || Date.now() >= end) throw error;
        this.isRepeated = true;
        this.#waits();
        await pause(Math.max(PAUSE_MS, (error.retryAfter ?? 0) * 1_000), signal);
        if (signal?.aborted) throw error;
      }
    }
  }

  /** The open sessions of a member. */
  async sessionsOf(userBusinessId: string): Promise<readonly EducationListed[]> {
    const path = `/sessions?${new URLSearchParams({ userBusinessId })}`;
    return (await this.safely<{ sessions: EducationListed[] }>("GET", path)).sessions;
  }

  /**
   * Stage, once: an attempt without an answer that has made a session is not repeated. `isRepeated`
   * says that there was perhaps one before.
   */
  async stage(input: EducationStageInput, isRepeated: boolean): Promise<EducationStaged> {
    this.isRepeated = isRepeated || this.#isStageSent;
    this.#isStageSent = true;
    const look = () => this.#staged(input);
    const staged = await this.safely<EducationStaged>("POST", "/stage", input, look);
    this.#isStageSent = false;
    return staged;
  }

  /** What was staged, of a session that holds this and has gone no further; null if there is none. */
  async #staged({ educationData, accountId }: EducationStageInput): Promise<EducationStaged | null> {
    for (const { sessionId, status } of await this.sessionsOf(educationData.userBusinessId)) {
      if (status !== "staged" && status !== "pending") continue;
      const session = await this.safely<EducationSession>("GET", sessionPath("session", sessionId));
      const isSame = isSameEducation(session.data, educationData);
      if (!isSame || !isSameId(session.accountId, accountId)) continue;
      // The stored values change nothing, and are answered like those that are staged.
      return this.safely("PATCH", sessionPath("session", sessionId), { educationData });
    }
    return null;
  }
}

export function sessionPath(step: string, sessionId: string): string {
  return `/${step}/${encodeURIComponent(sessionId)}`;
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

function isSameId(one: string | null = null, other: string | null = null): boolean {
  return one?.toLowerCase() === other?.toLowerCase();
}
