import { io, type Socket } from "socket.io-client";
import { ShopError, unreachable } from "./errors.js";
import type {
  ClientToServerEvents,
  ServerToClientEvents,
  SubscribeRequest,
  Subscribed,
} from "./events.js";
import type { Base } from "./rest.js";
import { around, backoff } from "./timing.js";
import type { Token, Tokens } from "./tokens.js";
import type { Product } from "./types.js";

const BLOCKED_AFTER_MS = 5_000;
/** Longer than a service takes that has just restarted, and whom everyone asks. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Subscriptions that would be refused again in the same words. */
const FINAL = new Set([
  "invalid_seller_handle",
  "invalid_snapshot",
  "seller_not_allowed",
  "too_many_subscriptions",
]);
/** How long to wait after the service has refused the token, and another one. */
const REFUSED_MS = 60_000;

export type SocketState = "closed" | "connecting" | "connected" | "blocked";

/** As the library passes on what the service says of a refusal. */
type ConnectError = (Error & { readonly data?: { readonly code?: string } }) | undefined;

export interface SocketListener {
  stateChanged(): void;
  product(product: Product): void;
  resync(handle: string): void;
}

/**
 * The one Socket.IO connection of a client.
 *
 * It reconnects by itself: the library's own pauses end in the same five seconds for everyone, and
 * the library stays away when the server asked it to go.
 */
export class SocketConnection {
  #state: SocketState = "closed";
  readonly #socket: Socket<ServerToClientEvents, ClientToServerEvents>;
  readonly #listener: SocketListener;
  readonly #tokens: Tokens;
  #token: Token = null;
  #refused: Token = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #blocked: ReturnType<typeof setTimeout> | undefined;

  constructor({ origin, prefix }: Base, tokens: Tokens, listener: SocketListener) {
    this.#listener = listener;
    this.#tokens = tokens;
    this.#socket = io(`${origin}/products`, {
      path: `${prefix}/socket.io`,
      // Without a round trip, and without sticky sessions, where WebSockets get through.
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnection: false,
      autoConnect: false,
      forceNew: true,
      auth: (send) => void this.#authenticate(send),
    });
    this.#socket
      .on("connect", () => {
        this.#attempt = 0;
        this.#refused = null;
        this.#settle("connected");
      })
      .on("disconnect", () => this.#lost())
      .on("connect_error", (error: ConnectError) => {
        if (error?.data?.code === undefined) this.#lost();
        else this.#tokenRefused();
      })
      .on("error", ({ code }) => {
        if (code === "token_expired") this.#refused = this.#token;
      })
      .on("new_product", ({ product }) => listener.product(product))
      .on("product_updated", ({ product }) => listener.product(product))
      .on("resync", ({ seller_handle }) => listener.resync(seller_handle));
  }

  get state(): SocketState {
    return this.#state;
  }

  open(): void {
    if (this.#state !== "closed") return;
    this.#connecting();
    this.#socket.connect();
  }

  close(): void {
    this.#settle("closed");
    clearTimeout(this.#retry);
    this.#socket.disconnect();
  }

  /** The network may be there again: try at once. */
  wake(): void {
    if (this.#state !== "connecting" && this.#state !== "blocked") return;
    this.#attempt = 0;
    clearTimeout(this.#retry);
    this.#socket.connect();
  }

  /** Drop what may be dead, and connect anew. */
  restart(): void {
    this.#socket.disconnect();
  }

  /** Returns the service's answer. Throws ShopError. */
  async subscribe(request: SubscribeRequest): Promise<Subscribed> {
    const answer = await this.#socket
      .timeout(ANSWER_TIMEOUT_MS)
      .emitWithAck("subscribe_to_seller", request)
      .catch(() => {
        throw unreachable();
      });
    if (!("code" in answer)) return answer;
    const { code, message, retry_after: retryAfter } = answer;
    throw new ShopError({ code, message, isFinal: FINAL.has(code), retryAfter });
  }

  unsubscribe(handle: string): void {
    if (this.#socket.connected) this.#socket.emit("unsubscribe", { seller_handle: handle });
  }

  /** What is asked for while the connection breaks off is not sent over the next one. */
  async #authenticate(send: (auth: object) => void): Promise<void> {
    const { engine } = this.#socket.io;
    try {
      const token = await this.#tokens.get(this.#refused);
      if (this.#socket.io.engine !== engine) return;
      this.#token = token;
      send(token === null ? {} : { token });
    } catch {
      if (this.#socket.io.engine !== engine) return;
      this.#socket.disconnect();
      this.#lost();
    }
  }

  #lost(): void {
    if (this.#state === "closed") return;
    if (this.#state === "connected") this.#connecting();
    this.#retryIn(backoff(this.#attempt++));
  }

  /** Try once with another token; if that is refused too, the other doors say why. */
  #tokenRefused(): void {
    if (this.#state === "closed") return;
    const isFirst = this.#token !== null && this.#token !== this.#refused;
    this.#refused = this.#token;
    if (isFirst) return this.#retryIn(0);
    this.#settle("blocked");
    this.#retryIn(around(REFUSED_MS));
  }

  #retryIn(milliseconds: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#socket.connect(), milliseconds);
  }

  #connecting(): void {
    this.#settle("connecting");
    this.#blocked = setTimeout(() => this.#settle("blocked"), BLOCKED_AFTER_MS);
  }

  #settle(state: SocketState): void {
    clearTimeout(this.#blocked);
    if (state === this.#state) return;
    this.#state = state;
    this.#listener.stateChanged();
  }
}
