import { CallQueue } from "../call-queue.js";
import type { DraftClient } from "../client.js";
import { asDraftError, DraftError, isAbort } from "../errors.js";
import { Observable } from "../observable.js";
import type { AudienceTargetInput, ProductInput } from "./calls.js";
import { isStillOf, productMadeOf } from "./codes.js";
import { LEASE_MS, LOST_MS, POLL_MS } from "./commit-timing.js";
import { publish } from "./publish.js";
import * as calls from "./session-calls.js";
import {
  asCommitted,
  isGone,
  isNews,
  isOutOfStep,
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
} from "./state.js";
import type { KeptDraft } from "../storage.js";

/**
 * A product that is prepared in a draft on the service, and then made with its target at once.
 *
 * Methods never reject: they resolve with what they achieved, or with null, and the snapshot's
 * `error` says why. They run one after the other: the same call twice at once is made once, and a
 * step that waits for another one which fails is not made.
 *
 * The draft as it was stored last is kept for its owner in the tab's storage, as `product.session`,
 * until the product exists or the draft is gone: whoever subscribes first resumes it.
 */
export class ProductDraft extends Observable<ProductDraftSnapshot> {
  readonly #client: DraftClient;
  readonly #kept: KeptDraft<ProductSession>;
  readonly #queue = new CallQueue();
  #leaving: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #commitIs: SentCommit = "answered";
  #committingSince = 0;
  #waiting: (() => void)[] = [];

  constructor(client: DraftClient) {
    super(NO_DRAFT);
    this.#client = client;
    this.#kept = client.kept("product.session", { tab: true });
  }

  /** Create a draft, in place of the one before it. */
  readonly create = (): Promise<ProductSession | null> =>
    this.#act("create", null, () => this.#create());

  /**
   * Go on with a draft, `known` as it was stored last; with the one that is kept, if none is named. It is
   * gone if a product was made of it elsewhere that lacks any of what was `typed` for it here.
   */
  readonly resume = (
    sessionId?: string,
    known = this.#kept.read(),
    typed?: calls.ProductStep,
  ): Promise<ProductSession | null> => {
    const id = sessionId ?? known?.sessionId;
    const mine = known?.sessionId === id ? known : null;
    return this.#act("resume", id, () => this.#resume(id, mine, typed));
  };

  /** Put the product into the draft, in place of one before it. Without a draft one is created. */
  readonly addProduct = (product: ProductInput): Promise<ProductSession | null> =>
    this.#act("product", product, () => this.#put({ product }));

  /** Say whom the product is for, in place of what was said before; `{}` is everyone. */
  readonly configureTarget = (target: AudienceTargetInput): Promise<ProductSession | null> =>
    this.#act("target", target, () => this.#put({ audienceTarget: target }));

  /**
   * Make the product with its target. If the answer is lost, the service is asked what became of it;
   * while that is unknown the state is `committing`. Failed, the draft stays as it is.
   */
  readonly commit = (): Promise<ProductResult | null> =>
    this.#act("commit", null, () => this.#commit());

  /** All of it in one call: product, target and commit. Without a target it is for everyone. */
  readonly publish = (product: ProductInput, target?: AudienceTargetInput): Promise<ProductResult | null> =>
    publish(this, product, target);

  /** Ask how far the draft is. During a commit this happens by itself. */
  readonly checkProgress = (): Promise<ProductProgress | null> =>
    this.#ask().catch((error: unknown) => this.#failed(error));

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
    clearTimeout(this.#timer);
    this.#wake();
  }

  get #session(): ProductSession {
    const { session } = this.getSnapshot();
    if (session !== null) return session;
    throw new DraftError({ status: null, code: "no_draft", message: "Create a draft first." });
  }

  get #isCommitting(): boolean {
    return this.getSnapshot().state === "committing";
  }

  #act<Result>(
    action: ProductAction,
    input: unknown,
    act: () => Promise<Result | null>,
  ): Promise<Result | null> {
    const continues = action !== "create" && action !== "resume";
    return this.#queue.enqueue(`${action} ${JSON.stringify(input)}`, { continues }, async () => {
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

  async #failed(error: unknown, session = this.getSnapshot().session, sent?: ProductInput) {
    try {
      if (!isGone(error)) throw error;
      await this.#lookFor(sent ?? session?.product, session);
    } catch (failure) {
      if (!isAbort(failure)) this.change({ error: asDraftError(failure) });
    }
    return null;
  }

  /** A draft that is gone has expired, or has become a product too long ago to be told. */
  async #lookFor(product: ProductInput | undefined, session: ProductSession | null): Promise<void> {
    const before = this.getSnapshot().session;
    const made = product && (await productMadeOf(this.#client, product, this.#leaving?.signal));
    if (this.getSnapshot().session !== before) return;
    if (session && made) this.#show(shown(asCommitted(session, made)));
    else this.#expire();
  }

  #expire(): null {
    this.#kept.clear();
    this.#show({ state: null, isExpired: true, canCommit: false, error: null });
    return null;
  }

  #show(changes: Partial<ProductDraftSnapshot>): void {
    if (changes.result) this.#kept.clear();
    else if (changes.session) this.#kept.write(changes.session);
    this.change(changes);
    this.#schedule();
    if (this.#isCommitting) return;
    this.#commitIs = "answered";
    this.#wake();
  }

  async #create(): Promise<ProductSession> {
    const session = await calls.createSession(this.#client);
    this.#show(shown(session));
    return session;
  }

  async #resume(id: string | undefined, known: ProductSession | null, step?: calls.ProductStep) {
    const typed: calls.ProductStep = step ?? known ?? {};
    if (id === undefined) return null;
    try {
      const session = await calls.readSession(this.#client, id);
      if (!(await isStillOf(this.#client, session, typed))) return this.#expire();
      this.#committingSince = Date.now();
      this.#show(shown(session));
      return session;
    } catch (error) {
      return this.#failed(error, known, typed.product);
    }
  }

  async #put(step: calls.ProductStep): Promise<ProductSession | null> {
    const before = this.getSnapshot().session ?? (await this.#create());
    try {
      const session = await calls.putIntoSession(this.#client, before, step);
      // It may have been discarded meanwhile.
      if (this.getSnapshot().session?.sessionId !== before.sessionId) return null;
      this.#show(shown(session));
      return session;
    } catch (error) {
      const asked = isOutOfStep(error) && this.#isElsewhere(before, step).catch(() => false);
      if (await asked) return null;
      return this.#failed(error, before, step.product);
    }
  }

  /** Whether the draft has gone on elsewhere, as in another tab: then it is shown as it is now. */
  async #isElsewhere(before: ProductSession, step: calls.ProductStep): Promise<boolean> {
    const now = await calls.readSession(this.#client, before.sessionId);
    if (now.state === before.state) return false;
    if (await isStillOf(this.#client, now, step)) this.#show(shown(now));
    else this.#expire();
    return true;
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
      if (!isAbort(error) && !isGone(error) && !mayHaveCommitted(error)) this.#show(before);
      await this.#failed(error);
    }
    // Polled until it is known, as long as somebody is there.
    if (this.#isCommitting && this.#leaving !== null) await known;
    return this.getSnapshot().result;
  }

  /** Send the commit. While another one is being made it waits for that result, or takes over. */
  async #send(): Promise<void> {
    this.#commitIs = "underway";
    try {
      const outcome = await calls.commitSession(this.#client, this.#session, this.#leaving?.signal);
      this.#commitIs = "answered";
      if (this.#isCommitting) this.#show(shown(withOutcome(this.#session, outcome)));
    } catch (error) {
      this.#commitIs = isUnanswered(error) && this.#leaving !== null ? "lost" : "answered";
      if (!mayHaveCommitted(error)) throw error;
      await this.#askAfter(error);
    }
  }

  /** A commit has failed: does the service know more of it? */
  async #askAfter(failure: unknown): Promise<void> {
    await this.#ask();
    const { error, result } = this.getSnapshot();
    const isKnown = error !== null || result !== null;
    const isUnderway = this.#isCommitting && this.#commitIs === "answered";
    if (!isKnown && !isUnderway) await this.#failed(failure);
    if (this.#commitIs === "lost") this.#schedule(LOST_MS);
  }

  async #ask(): Promise<ProductProgress> {
    const session = this.#session;
    const progress = await calls.readProgress(this.#client, session, this.#leaving?.signal);
    if (this.getSnapshot().session !== session) return progress;
    if (isNews(progress.state, this.#commitIs)) {
      if (this.#commitIs === "lost") this.#commitIs = "answered";
      this.#show(shownProgress(session, progress));
    } else this.change({ error: null });
    return progress;
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
      await this.#failed(error);
    }
    this.#schedule();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
