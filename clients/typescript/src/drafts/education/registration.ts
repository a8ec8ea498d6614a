import { CallQueue } from "../call-queue.js";
import type { DraftClient } from "../client.js";
import { EducationCalls, isGone, sessionPath } from "./calls.js";
import {
  type EducationChanges,
  type EducationChecked,
  type EducationConcluded,
  type EducationInput,
  type EducationLinked,
  type EducationListed,
  type EducationRecord,
  type EducationResult,
  type EducationSession,
  type EducationSnapshot,
  type EducationStaged,
  type EducationStageInput,
  NO_REGISTRATION,
  withDerived,
} from "./state.js";
import { asDraftError, DraftError } from "../errors.js";
import { Observable } from "../observable.js";

/** What the next action may need: the data to stage or change, and the account to link. */
export interface EducationStep {
  readonly educationData?: EducationInput;
  readonly accountId?: string;
}

/**
 * An education, registered step by step: staged, checked, categorised, linked, created.
 *
 * Methods never reject: they resolve with what they achieved, or with null, and the snapshot's
 * `error` says why. A failed check is not an error: its result says what is wrong. Methods run one after
 * the other; two equal calls at once are made as one, and a step that waits for another is not taken if
 * that one fails. A call without an answer is repeated for two minutes; before repeating, `stage` looks
 * for the session that it may have made, so there is only one.
 */
export class EducationRegistration extends Observable<EducationSnapshot> {
  readonly #calls: EducationCalls;
  readonly #queue = new CallQueue();

  constructor(client: DraftClient) {
    super(NO_REGISTRATION);
    this.#calls = new EducationCalls(client, () => this.#show({ isWaiting: true }));
  }

  /**
   * Begin a session with this data, in place of the one before it. `isRepeated` says that the same
   * was perhaps sent before, by a page that was left: what that made is looked for first.
   */
  readonly stage = (
    input: EducationStageInput,
    { isRepeated = false } = {},
  ): Promise<EducationStaged | null> =>
    this.#act("stage", input, async () => {
      const staged = await this.#calls.stage(input, isRepeated);
      this.#show({ session: null, record: null });
      return this.#reached(staged);
    });

  /** Change some of the data; null takes a field away. The later steps have to be taken again. */
  readonly update = (educationData: EducationChanges): Promise<EducationStaged | null> =>
    this.#step("PATCH", "session", { educationData });

  /** Check all rules. */
  readonly validate = (): Promise<EducationChecked | null> => this.#step("POST", "validate");

  /** Determine the category; the answer says why it is this one. */
  readonly determineCategory = (): Promise<EducationChecked | null> =>
    this.#step("POST", "determine-category");

  /** Link an account: the one named when staging, if none is named now. */
  readonly linkAccount = (accountId?: string): Promise<EducationLinked | null> =>
    this.#step("POST", "link-account", account(accountId));

  /** Create the record. Null if a rule is broken, or the service gave up: then it can be tried again. */
  readonly create = (): Promise<EducationRecord | null> => this.#conclude("create");

  /** Take all steps that are left. Null if one of them failed; the result says which. */
  readonly executeWorkflow = (accountId?: string): Promise<EducationRecord | null> =>
    this.#conclude("execute-workflow", account(accountId));

  /** Take the step that the service says is next; a session that could not be read is read first. */
  readonly doNext = (step: EducationStep = {}): Promise<unknown> => {
    const { educationData, accountId } = step;
    const { sessionId, session, nextAction } = this.getSnapshot();
    if (sessionId !== null && session === null) return this.resume(sessionId);
    switch (nextAction) {
      case "stage_data":
        if (educationData === undefined) return Promise.resolve(null);
        if (sessionId !== null) return this.update(educationData);
        return this.stage({ educationData, ...account(accountId) });
      case "validate_education":
        return this.validate();
      case "determine_category":
        return this.determineCategory();
      case "link_account":
        return this.linkAccount(accountId);
      case "create_record":
        return this.create();
      case "complete_workflow":
        return this.executeWorkflow();
      case null:
        return Promise.resolve(null);
    }
  };

  /** Cancel the session. */
  readonly cancel = (): Promise<EducationSession["sessionId"] | null> =>
    this.#act("cancel", null, async () => {
      const path = this.#path("session");
      try {
        await this.#calls.safely("DELETE", path);
      } catch (error) {
        if (!isGone(error) || !this.#calls.isRepeated) throw error;
      }
      const { sessionId } = this.getSnapshot();
      this.#forget({ result: null });
      return sessionId;
    });

  /** Forget the session and its record. On the service the session expires. */
  readonly discard = (): void =>
    this.#forget({ result: null, record: null, sessions: null, error: null });

  /** Go on with a session. */
  readonly resume = (sessionId: string): Promise<EducationSession | null> =>
    this.#act("resume", sessionId, async () => {
      this.#show({ sessionId, session: null, result: null, record: null });
      return this.#read();
    });

  /** The open sessions of a member. */
  readonly list = (userBusinessId: string): Promise<readonly EducationListed[] | null> =>
    this.#act("list", userBusinessId, async () => {
      const sessions = await this.#calls.sessionsOf(userBusinessId);
      this.#show({ sessions });
      return sessions;
    });

  protected override start(): void {
    this.#calls.start();
  }

  protected override stop(): void {
    this.#calls.stop();
  }

  #path(step: string): string {
    const { sessionId } = this.getSnapshot();
    if (sessionId !== null) return sessionPath(step, sessionId);
    throw new DraftError({ status: null, code: "no_session", message: "Stage an education first." });
  }

  #act<Result>(
    action: string,
    input: unknown,
    run: () => Promise<Result | null>,
    continues = false,
  ): Promise<Result | null> {
    return this.#queue.enqueue(`${action} ${JSON.stringify(input)}`, { continues }, async () => {
      this.#calls.isRepeated = false;
      this.#show({ loading: true, error: null });
      try {
        return await run();
      } catch (error) {
        await this.#failed(asDraftError(error));
        return null;
      } finally {
        this.#show({ loading: false, isWaiting: false });
      }
    });
  }

  #step<Result extends EducationResult>(
    method: "POST" | "PATCH",
    step: string,
    body?: unknown,
  ): Promise<Result | null> {
    const take = () => this.#calls.safely<Result>(method, this.#path(step), body);
    return this.#act(step, body, async () => this.#reached(await take()), true);
  }

  /** Show what was answered, and the session as it is now. */
  async #reached<Result extends EducationResult>(result: Result): Promise<Result> {
    this.#show({ sessionId: result.sessionId, result });
    await this.#read();
    return result;
  }

  #conclude(step: string, body?: unknown): Promise<EducationRecord | null> {
    return this.#act(step, body, () => this.#concluded(step, body), true);
  }

  /** Ask for the record until there is an answer. The session may be gone by then: its record is not. */
  async #concluded(step: string, body: unknown): Promise<EducationRecord | null> {
    const { session } = this.getSnapshot();
    const path = this.#path(step);
    try {
      const result = await this.#calls.safely<EducationConcluded>("POST", path, body);
      this.#show({ result, record: result.educationRecord ?? null });
    } catch (error) {
      if (!isGone(error) || !this.#calls.isRepeated || session === null) throw error;
      this.#show({ record: await this.#recordOf(session.userBusinessId) });
    }
    const { record } = this.getSnapshot();
    if (record === null) await this.#read();
    else await this.#readIfThere();
    return record;
  }

  async #failed(error: DraftError): Promise<void> {
    if (isGone(error) && this.getSnapshot().record !== null) this.#forget({});
    else if (isGone(error)) this.#forget({ error, result: null });
    else {
      // Another tab may have gone on, and a creation that was refused is noted.
      if (error.status === 409 || error.status === 422) await this.#readIfThere();
      this.#show({ error });
    }
  }

  #forget(known: Partial<EducationSnapshot>): void {
    this.#show({ sessionId: null, session: null, ...known });
  }

  #show(known: Partial<EducationSnapshot>): void {
    this.change(withDerived({ ...this.getSnapshot(), ...known }));
  }

  async #read(): Promise<EducationSession> {
    const session = await this.#calls.safely<EducationSession>("GET", this.#path("session"));
    this.#show({ session });
    return session;
  }

  async #readIfThere(): Promise<void> {
    try {
      this.#show({ session: await this.#calls.once("GET", this.#path("session")) });
    } catch (error) {
      if (isGone(error)) this.#forget({});
    }
  }

  async #recordOf(userBusinessId: string): Promise<EducationRecord> {
    const path = `/records?${new URLSearchParams({ userBusinessId })}`;
    const found = await this.#calls.safely<{ educationRecord: EducationRecord }>("GET", path);
    return found.educationRecord;
  }
}

function account(accountId: string | undefined): { accountId: string } | undefined {
  return accountId === undefined ? undefined : { accountId };
}
