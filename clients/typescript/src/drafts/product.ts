import type { components } from "../openapi.js";
import type { DraftClient } from "./client.js";
import { asDraftError, DraftError, isAbort } from "./errors.js";
import { Observable } from "./observable.js";
import type { AudienceTargetInput, ProductInput } from "./product-calls.js";
import { type CodeCheck, CodeLookup, productWithCode } from "./product-codes.js";
import {
  asCommitted,
  type CommitResult,
  isGone,
  isMadeOf,
  mayHaveCommitted,
  NO_DRAFT,
  type ProductAction,
  type ProductDraftSnapshot,
  type ProductProgress,
  type ProductResult,
  type ProductSession,
  shown,
  shownProgress,
  withOutcome,
} from "./product-state.js";
import { type DraftStorage, KeptDraft, tabStorage } from "./storage.js";
import { Turns } from "./turns.js";

type Schemas = components["schemas"];
type WithPart = Schemas["ProductSessionWithProduct"] | Schemas["ProductSessionWithTarget"];

const SESSIONS = "/private/products/orchestrate/session";
const POLL_MS = 5_000;
/** For how long the service lets one commit hold a draft. */
const LEASE_MS = 30_000;

/**
 * A product that is prepared in a draft on the service, and then made with its target at once.
 *
 * Methods never reject: they resolve with what they achieved, or with null, and the snapshot's
 * `error` says why. They run one after the other: the same call twice at once is made once, and a
 * step that waits for another one which fails is not made.
 *
 * The id of the draft is kept in the tab's storage, under `assembly-service.draft.product.sessionId`,
 * until the product exists or the draft is gone: whoever subscribes first resumes it.
 */
export class ProductDraft extends Observable<ProductDraftSnapshot> {
  readonly #client: DraftClient;
  readonly #kept: KeptDraft<string>;
  readonly #codes: CodeLookup;
  readonly #turns = new Turns();
  #leaving: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSending = false;
  #committingSince = 0;
  #waiting: (() => void)[] = [];

  constructor(client: DraftClient, storage: DraftStorage | null = tabStorage()) {
    super(NO_DRAFT);
    this.#client = client;
    this.#codes = new CodeLookup(client);
    this.#kept = new KeptDraft(storage, "product.sessionId");
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
  readonly checkProgress = async (): Promise<ProductProgress | null> => {
    try {
      return await this.#ask();
    } catch (error) {
      this.#failed(error);
      return null;
    }
  };

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
    const { session } = this.getSnapshot();
    if (session === null && this.#kept.read() !== null) void this.resume();
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
        this.#failed(error);
        return null;
      } finally {
        this.change({ loading: null });
      }
    });
  }

  #failed(error: unknown): void {
    if (isAbort(error)) return;
    if (isGone(error)) this.#expire();
    else this.change({ error: asDraftError(error) });
  }

  #expire(): void {
    this.#kept.clear();
    this.#show({ isExpired: true, canCommit: false });
  }

  #show(changes: Partial<ProductDraftSnapshot>): void {
    if (changes.result) this.#kept.clear();
    this.change(changes);
    if (!this.#isCommitting) this.#wake();
    this.#schedule();
  }

  async #create(): Promise<ProductSession> {
    const path = `${SESSIONS}/create`;
    const { body } = await this.#client.call<Schemas["ProductSession"]>("POST", path, { body: {} });
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
    const { body } = await this.#client.call<WithPart>("POST", path, { body: content });
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
    this.#show({ session, state: session.state, canCommit: false });
    const known = new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await Promise.race([this.#send(), known]);
    } catch (error) {
      if (!isAbort(error) && !mayHaveCommitted(error)) {
        this.#show({ ...before, loading: "commit" });
        throw error;
      }
      this.#failed(error);
    }
    // Polled until it is known, unless nobody is there any longer.
    if (this.#isCommitting && this.#leaving !== null) await known;
    return this.getSnapshot().result;
  }

  /** Send the commit. While another one is being made it waits for that result, or takes over. */
  async #send(): Promise<void> {
    this.#isSending = true;
    let lost: unknown;
    try {
      const path = `${pathOf(this.#session.sessionId)}/commit`;
      const request = { body: {}, signal: this.#leaving?.signal };
      const { body } = await this.#client.call<CommitResult>("POST", path, request);
      if (this.#isCommitting) this.#show(shown(withOutcome(this.#session, body)));
      return;
    } catch (error) {
      if (isGone(error)) return await this.#lookForProduct();
      if (!mayHaveCommitted(error)) throw error;
      lost = error;
    } finally {
      this.#isSending = false;
    }
    await this.#ask();
    const { error, result } = this.getSnapshot();
    if (!this.#isCommitting && error === null && result === null) this.#failed(lost);
  }

  async #ask(): Promise<ProductProgress | null> {
    const session = this.#session;
    const path = `${pathOf(session.sessionId)}/progress`;
    let progress: ProductProgress;
    try {
      const request = { signal: this.#leaving?.signal };
      progress = (await this.#client.call<ProductProgress>("GET", path, request)).body;
    } catch (error) {
      if (!this.#isCommitting || !isGone(error)) throw error;
      await this.#lookForProduct();
      return null;
    }
    // Until a commit has arrived, the draft is as it was before.
    const isNews = !this.#isSending || progress.state === "committed";
    if (isNews && this.getSnapshot().session === session) {
      this.#show(shownProgress(session, progress));
    }
    return progress;
  }

  /** A draft that was being committed is gone: after a success too long ago to be told, or expired. */
  async #lookForProduct(): Promise<void> {
    const session = this.#session;
    const code = session.product?.productCode ?? "";
    const made = await productWithCode(this.#client, code, this.#leaving?.signal);
    if (this.getSnapshot().session !== session) return;
    if (made && isMadeOf(made, session)) this.#show(shown(asCommitted(session, made)));
    else this.#expire();
  }

  #schedule(delay = POLL_MS): void {
    clearTimeout(this.#timer);
    if (this.#leaving === null || !this.#isCommitting) return;
    this.#timer = setTimeout(() => void this.#poll(), delay);
  }

  async #poll(): Promise<void> {
    try {
      // The process that made the commit may have died: then another call has to take over.
      const isOverdue = Date.now() - this.#committingSince > LEASE_MS;
      if (isOverdue && !this.#isSending) await this.#send();
      else await this.#ask();
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
