import { ServiceClock } from "./clock.js";
import { noAnswer, noToken, refusalOf, unsendableToken } from "./errors.js";
import { type AskForToken, isSendable, type Token, Tokens } from "../tokens.js";
import { browserStorage, type DraftStorage, KeptDraft, removeExpired, tabStorage } from "./storage.js";
import { TextKeeping } from "./text-keeping.js";

/** A commit may wait 20 s for another one, and then try three times, 5 s each. */
const TIMEOUT_MS = 45_000;

export interface DraftClientOptions {
  /** Where the service is, with the path that a proxy strips. */
  readonly url: string;
  /** Who calls: asked before each call, and once more if the service refuses the token. */
  readonly token: AskForToken;
  /** Where what was typed is kept until it is committed: the browser's local storage, if absent. */
  readonly storage?: DraftStorage | null;
  /**
   * Who works here, such as the subject of the token: what each person types is kept apart. Make another
   * client for another person. If absent, nobody in particular.
   */
  readonly owner?: string | null;
}

export interface DraftRequest {
  readonly body?: unknown;
  /** The version that a change is based on, as the tag of an earlier answer. */
  readonly ifMatch?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whether the call outlives the page, as the last save of a page that is being closed must. */
  readonly keepalive?: boolean;
}

export interface DraftAnswer<Body> {
  readonly status: number;
  readonly body: Body;
  /** The version of what was answered, for `ifMatch`. */
  readonly tag: string | undefined;
}

/** The calls of the draft systems, for one person. */
export interface DraftClient {
  /** A call. A refused token is asked for again, and the call is repeated once. Throws DraftError. */
  readonly call: <Body>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    request?: DraftRequest,
  ) => Promise<DraftAnswer<Body>>;
  readonly storage: DraftStorage | null;
  readonly owner: string | null;
  /** Whether the storage has all that was typed until now: else that is gone with the page. */
  readonly keepsText: boolean;
  /** Call a listener when `keepsText` has changed, until the function it returns is called. */
  readonly onKeepsText: (listener: () => void) => () => void;
  /** What the owner typed, as it is kept for all tabs of the browser, or for this `tab` alone. */
  readonly kept: <Value>(key: string, where?: { readonly tab?: boolean }) => KeptDraft<Value>;
  /** The service's time, in milliseconds since 1970, whatever the browser's clock says. */
  readonly now: () => number;
}

/** Make a client of the draft systems at a service. */
export function createDraftClient(options: DraftClientOptions): DraftClient {
  return new Calls(options);
}

class Calls implements DraftClient {
  readonly storage: DraftStorage | null;
  readonly owner: string | null;
  readonly #keeping: TextKeeping;
  readonly #clock = new ServiceClock();
  readonly #base: string;
  readonly #tokens: Tokens;

  constructor({ url, token, storage = browserStorage(), owner = null }: DraftClientOptions) {
    this.storage = storage;
    this.owner = owner;
    this.#base = url.replace(/\/+$/, "");
    this.#tokens = new Tokens(token);
    removeExpired(storage);
    removeExpired(tabStorage());
    this.#keeping = new TextKeeping(storage);
  }

  get keepsText(): boolean {
    return this.#keeping.keepsText;
  }

  readonly onKeepsText: DraftClient["onKeepsText"] = (listener) => this.#keeping.subscribe(listener);

  readonly now = this.#clock.now;

  readonly kept: DraftClient["kept"] = <Value>(key: string, { tab = false } = {}) =>
    tab
      ? new KeptDraft<Value>(tabStorage(), key, this.owner)
      : new KeptDraft<Value>(this.storage, key, this.owner, (its, isKept) => this.#keeping.learn(its, isKept));

  readonly call: DraftClient["call"] = async <Body>(
    method: string,
    path: string,
    request: DraftRequest = {},
  ) => {
    const token = await this.#token(null);
    let response = isSendable(token) ? await this.#send(method, path, request, token) : null;
    if (response === null || response.status === 401) {
      const another = await this.#token(token);
      if (another !== token && isSendable(another)) {
        response = await this.#send(method, path, request, another);
      }
    }
    if (response === null) throw unsendableToken();
    if (!response.ok) throw await refusalOf(response);
    // Proxies that compress answers mark their tags as weak, and `If-Match` takes only strong ones.
    const tag = response.headers.get("ETag")?.replace(/^W\//, "");
    return { status: response.status, body: await bodyOf<Body>(response, request.signal), tag };
  };

  async #token(refused: Token): Promise<Token> {
    try {
      return await this.#tokens.get(refused);
    } catch (cause) {
      throw noToken(cause);
    }
  }

  async #send(method: string, path: string, request: DraftRequest, token: Token) {
    const { body, ifMatch, signal, keepalive = false } = request;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await fetch(`${this.#base}${path}`, {
        method,
        keepalive,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        headers: {
          ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(ifMatch === undefined ? {} : { "If-Match": ifMatch }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      this.#clock.learn(response);
      return response;
    } catch {
      signal?.throwIfAborted();
      throw noAnswer(timeout.aborted ? "The answer takes too long." : undefined);
    }
  }
}

async function bodyOf<Body>(response: Response, signal?: AbortSignal): Promise<Body> {
  try {
    return (await response.json()) as Body;
  } catch {
    signal?.throwIfAborted();
    throw noAnswer("The service's answer broke off.");
  }
}
