import type { DraftClient } from "./client.js";
import { asDraftError, DraftError, isAbort } from "./errors.js";
import { Observable } from "./observable.js";
import type { AudienceTargetInput, ProductInput } from "./product-calls.js";
import { type CodeCheck, CodeLookup, productMadeOf } from "./product-codes.js";
import {
  asCommitted,
  type CommitResult,
  isGone,
  isNews,
  isUnanswered,
  mayHaveCommitted,
  NO_DRAFT,
  type ProductAction,
  type ProductDraftSnapshot,
  type ProductProgress,
  type ProductResult,
  type ProductSession,
  type SentCommit,
  shown,
  shownProgress,
  withOutcome,
} from "./product-state.js";
import { type DraftStorage, KeptDraft, tabStorage } from "./storage.js";
import { Turns } from "./turns.js";

/** A draft as a step answers it. */
type Answered = Omit<ProductSession, "errors" | "fields">;

const SESSIONS = "/private/products/orchestrate/session";
const POLL_MS = 5_000;
/** When a commit whose answer was lost is asked about again: it may have been on its way. */
const LOST_MS = 1_000;
/** For how long the service lets one commit hold a draft. */
const LEASE_MS = 30_000;

/**
 * A product that is prepared in a draft on the service, and then made with its target at once.
 *
 * Methods never reject: they resolve with what they achieved, or with null, and the snapshot's
 * `error` says why. They run one after the other: the same call twice at once is made once, and a
 * step that waits for another one which fails is not made.
 *
 * The id of the draft is kept for its owner in the tab's storage, as `product.sessionId`, until the
 * product exists or the draft is gone: whoever subscribes first resumes it.
 */
export class ProductDraft extends Observable<ProductDraftSnapshot> {
  readonly #client: DraftClient;
  readonly #kept: KeptDraft<string>;
  readonly #codes: CodeLookup;
  readonly #turns = new Turns();
  #leaving: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #commitIs: SentCommit = "answered";
  #committingSince = 0;
  #waiting: (() => void)[] = [];

  constructor(client: DraftClient, storage: DraftStorage | null = tabStorage()) {
    super(NO_DRAFT);
    this.#client = client;
    this.#codes = new CodeLookup(client);
    this.#kept = new KeptDraft(storage, "product.sessionId", client.owner);
  }

  /** Create a draft, in place of the one before it. */
  readonly create = (): Promise<ProductSession | null> =>
    this.#act("create", null, () => this.#create());

  /** Go on with a draft: the one whose id is kept, if none is named. */
  readonly resume = (sessionId = this.#kept.read()): Promise<ProductSession | null> =>
    this.#act("resume", sessionId, () => this.#resume(sessionId));

  /** Put the product into the draft, in place of one before it. Without a draft one is created. */
  readonly addProduct = (product: ProductInput): Promise<ProductSession | null> =>
    this.#act("product", product, () => this.#put("product", product));

  /** Say whom the product is for, in place of what was said before; `{}` is everyone. */
  readonly configureTarget = (target: AudienceTargetInput): Promise<ProductSession | null> =>
    this.#act("target", target, () => this.#put("audience-target", target));

  /**
   * Make the product with its target. If the answer is lost, the service is asked what became of it;
   * while that is unknown the state is `committing`. Failed, the draft stays as it is.
   */
  readonly commit = (): Promise<ProductResult | null> =>
    this.#act("commit", null, () => this.#commit());

  /** Ask how far the draft is. During a commit this happens by itself. */
  readonly checkProgress = (): Promise<ProductProgress | null> =>
    this.#ask().catch((error: unknown) => this.#failed(error));

  /** Whether a code is free; the next check cancels it. Null if it was cancelled, or could not be made. */
  readonly checkCode = (code: string): Promise<CodeCheck | null> => this.#codes.check(code);

  /** A free code in place of one that is taken, like `checkCode`. */
  readonly proposeCode = (taken: string): Promise<string | null> => this.#codes.propose(taken);

  /** Forget the draft. On the service it expires. */
  readonly discard = (): void => {
    this.#kept.clear();
    this.#show(NO_DRAFT);
  };

  protected override start(): void {
    this.#leaving = new AbortController();
    if (this.getSnapshot().session === null && this.#kept.read() !== null) void this.resume();
    this.#schedule(0);
  }

  protected override stop(): void {
    this.#leaving?.abort();
    this.#leaving = null;
    this.#codes.cancel();
    clearTimeout(this.#timer);
    this.#wake();
  }

  get #session(): ProductSession {
    const { session } = this.getSnapshot();
    if (session !== null) return session;
    throw new DraftError({ status: null, code: "no_draft", message: "Create a draft first." });
  }

  get #isCommitting(): boolean {
    const { state, isExpired } = this.getSnapshot();
    return state === "committing" && !isExpired;
  }

  #act<Result>(
    action: ProductAction,
    input: unknown,
    act: () => Promise<Result | null>,
  ): Promise<Result | null> {
    const continues = action !== "create" && action !== "resume";
    return this.#turns.take(`${action} ${JSON.stringify(input)}`, { continues }, async () => {
      this.change({ loading: action, error: null });
      try {
        return await act();
      } catch (error) {
        return this.#failed(error);
      } finally {
        this.change({ loading: null });
      }
    });
  }

  #failed(error: unknown): null {
    if (isGone(error)) this.#expire();
    else if (!isAbort(error)) this.change({ error: asDraftError(error) });
    return null;
  }

  #expire(): void {
    this.#kept.clear();
    this.#show({ isExpired: true, canCommit: false });
  }

  #show(changes: Partial<ProductDraftSnapshot>): void {
    if (changes.result) this.#kept.clear();
    this.change(changes);
    this.#schedule();
    if (this.#isCommitting) return;
    this.#commitIs = "answered";
    this.#wake();
  }

  async #create(): Promise<ProductSession> {
    const { body } = await this.#client.call<Answered>("POST", `${SESSIONS}/create`, { body: {} });
    const session = { ...body, errors: [], fields: {} };
    this.#kept.write(session.sessionId);
    this.#show(shown(session));
    return session;
  }

  async #resume(sessionId: string | null): Promise<ProductSession | null> {
    if (sessionId === null) return null;
    const { body } = await this.#client.call<ProductSession>("GET", pathOf(sessionId));
    this.#kept.write(sessionId);
    this.#committingSince = Date.now();
    this.#show(shown(body));
    return body;
  }

  async #put(
    part: string,
    content: ProductInput | AudienceTargetInput,
  ): Promise<ProductSession | null> {
    const before = this.getSnapshot().session ?? (await this.#create());
    const path = `${pathOf(before.sessionId)}/${part}`;
    const { body } = await this.#client.call<Answered>("POST", path, { body: content });
    // It may have been discarded meanwhile.
    if (this.getSnapshot().session?.sessionId !== before.sessionId) return null;
    const session = { ...before, ...body, errors: [], fields: {} };
    this.#show(shown(session));
    return session;
  }

  async #commit(): Promise<ProductResult | null> {
    const before = this.getSnapshot();
    const session: ProductSession = { ...this.#session, state: "committing" };
    this.#committingSince = Date.now();
    this.#show({ session, state: "committing", canCommit: false });
    const known = new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await Promise.race([this.#send(), known]);
    } catch (error) {
      if (!isAbort(error) && !mayHaveCommitted(error)) this.#show(before);
      this.#failed(error);
    }
    // Polled until it is known, as long as somebody is there.
    if (this.#isCommitting && this.#leaving !== null) await known;
    return this.getSnapshot().result;
  }

  /** Send the commit. While another one is being made it waits for that result, or takes over. */
  async #send(): Promise<void> {
    this.#commitIs = "underway";
    try {
      const path = `${pathOf(this.#session.sessionId)}/commit`;
      const request = { body: {}, signal: this.#leaving?.signal };
      const { body } = await this.#client.call<CommitResult>("POST", path, request);
      this.#commitIs = "answered";
      if (this.#isCommitting) this.#show(shown(withOutcome(this.#session, body)));
    } catch (error) {
      this.#commitIs = isUnanswered(error) && this.#leaving !== null ? "lost" : "answered";
      if (isGone(error)) await this.#lookForProduct();
      else if (mayHaveCommitted(error)) await this.#askAfter(error);
      else throw error;
    }
  }

  /** A commit has failed: does the service know more of it? */
  async #askAfter(failure: unknown): Promise<void> {
    await this.#ask();
    const { error, result } = this.getSnapshot();
    const isKnown = error !== null || result !== null;
    const isUnderway = this.#isCommitting && this.#commitIs === "answered";
    if (!isKnown && !isUnderway) this.#failed(failure);
    if (this.#commitIs === "lost") this.#schedule(LOST_MS);
  }

  async #ask(): Promise<ProductProgress | null> {
    const session = this.#session;
    const path = `${pathOf(session.sessionId)}/progress`;
    let progress: ProductProgress;
    try {
      const signal = this.#leaving?.signal;
      ({ body: progress } = await this.#client.call<ProductProgress>("GET", path, { signal }));
    } catch (error) {
      if (!this.#isCommitting || !isGone(error)) throw error;
      await this.#lookForProduct();
      return null;
    }
    if (isNews(progress.state, this.#commitIs) && this.getSnapshot().session === session) {
      if (this.#commitIs === "lost") this.#commitIs = "answered";
      this.#show(shownProgress(session, progress));
    }
    return progress;
  }

  /** A draft that was being committed is gone: after a success too long ago to be told, or expired. */
  async #lookForProduct(): Promise<void> {
    const session = this.#session;
    const made = await productMadeOf(this.#client, session, this.#leaving?.signal);
    if (this.getSnapshot().session !== session) return;
    if (made === undefined) this.#expire();
    else this.#show(shown(asCommitted(session, made)));
  }

  #schedule(delay = POLL_MS): void {
    clearTimeout(this.#timer);
    if (this.#leaving === null || !this.#isCommitting) return;
    this.#timer = setTimeout(() => void this.#poll(), delay);
  }

  async #poll(): Promise<void> {
    try {
      // The process that made the commit may have died: then another call has to take over.
      await this.#ask();
      const isOverdue = Date.now() - this.#committingSince > LEASE_MS;
      const isDead = isOverdue && this.#commitIs === "answered";
      if (this.#isCommitting && (isDead || this.#commitIs === "lost")) await this.#send();
    } catch (error) {
      this.#failed(error);
    }
    this.#schedule();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function pathOf(sessionId: string): string {
  return `${SESSIONS}/${encodeURIComponent(sessionId)}`;
}
