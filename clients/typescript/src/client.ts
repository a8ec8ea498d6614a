import { asShopError } from "./errors.js";
import { followWithoutSocket } from "./fallback.js";
import { ProductStore } from "./product.js";
import { Rest } from "./rest.js";
import { type Follower, ShopStore } from "./shop.js";
import { SocketConnection } from "./socket.js";
import { backoff, pause } from "./timing.js";
import { type AskForToken, Tokens } from "./tokens.js";
import type { ProductSnapshot, Shop, Store } from "./types.js";

/** A tab that was hidden for longer may have slept. */
const NAP_MS = 30_000;

export interface ShopClientOptions {
  /** Where the service is, with the path that a proxy strips; as in `<a href>`. */
  readonly url: string;
  /** Products of a page, 1 to 50. */
  readonly pageSize?: number;
  /** Who reads, where the service asks for it: READER_AUTH. For another person make another client. */
  readonly token?: AskForToken;
}

export interface ShopClient {
  /** A seller's shop; the same one each time. */
  shop(handle: string): Shop;
  /** One product of a seller. */
  product(handle: string, videoId: string): Store<ProductSnapshot>;
}

/** One connection, opened with the first subscription and closed after the last. */
export function createShopClient(options: ShopClientOptions): ShopClient {
  return new Client(options);
}

export class Client implements ShopClient, Follower {
  readonly #rest: Rest;
  readonly #pageSize: number;
  readonly #socket: SocketConnection;
  readonly #shops = new Map<string, ShopStore>();
  /** The shops that are followed, each with what ends the present way of following it. */
  readonly #followed = new Map<ShopStore, AbortController>();
  readonly #streamed = new Set<ShopStore>();
  #hiddenAt: number | undefined;

  constructor({ url, pageSize = 20, token = () => null }: ShopClientOptions) {
    const { origin, pathname } = new URL(url, globalThis.location?.href);
    const base = { origin, prefix: pathname.replace(/\/+$/, "") };
    this.#pageSize = pageSize;
    const tokens = new Tokens(token);
    this.#rest = new Rest(base, tokens);
    this.#socket = new SocketConnection(base, tokens, {
      stateChanged: () => this.#followAll(),
      product: (product) => this.#shops.get(product.seller_handle)?.take(product),
      resync: (handle) => this.#shops.get(handle)?.resync(),
    });
  }

  shop(handle: string): ShopStore {
    let shop = this.#shops.get(handle);
    if (!shop) {
      shop = new ShopStore({ handle, pageSize: this.#pageSize, rest: this.#rest, follower: this });
      this.#shops.set(handle, shop);
    }
    return shop;
  }

  product(handle: string, videoId: string): ProductStore {
    return new ProductStore(this.shop(handle), videoId);
  }

  follow(shop: ShopStore): void {
    if (!this.#followed.size) this.#open();
    // After a refusal somebody may have signed in.
    if (this.#followed.has(shop)) this.#socket.wake();
    this.#follow(shop);
  }

  leave(shop: ShopStore): void {
    this.#followed.get(shop)?.abort();
    this.#followed.delete(shop);
    this.#socket.unsubscribe(shop.handle);
    shop.interrupted();
    if (!this.#followed.size) this.#close();
  }

  #open(): void {
    this.#socket.open();
    globalThis.addEventListener?.("online", this.#wake);
    globalThis.document?.addEventListener("visibilitychange", this.#visibilityChanged);
  }

  #close(): void {
    this.#socket.close();
    globalThis.removeEventListener?.("online", this.#wake);
    globalThis.document?.removeEventListener("visibilitychange", this.#visibilityChanged);
  }

  readonly #wake = (): void => {
    this.#socket.wake();
    this.#followAll();
  };

  readonly #visibilityChanged = (): void => {
    if (document.visibilityState === "hidden") this.#hiddenAt = Date.now();
    else if (Date.now() - (this.#hiddenAt ?? Infinity) > NAP_MS) this.#wake();
  };

  #followAll(): void {
    for (const shop of this.#followed.keys()) this.#follow(shop);
  }

  /** Follow a shop in the way that the state of the socket allows. */
  #follow(shop: ShopStore): void {
    this.#followed.get(shop)?.abort();
    const session = new AbortController();
    this.#followed.set(shop, session);
    if (this.#socket.state === "connected") void this.#join(shop, session.signal);
    else if (this.#socket.state === "blocked") this.#fallBack(shop, session.signal);
    else shop.interrupted();
  }

  #fallBack(shop: ShopStore, signal: AbortSignal): void {
    void followWithoutSocket(shop, this.#rest, this.#streamed, signal);
  }

  async #join(shop: ShopStore, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const request = { seller_handle: shop.handle, ...shop.joinRequest() };
        const answer = await this.#socket.subscribe(request);
        if (!signal.aborted) shop.joined(answer);
        return;
      } catch (caught) {
        if (signal.aborted) return;
        const error = asShopError(caught);
        shop.interrupted(error);
        if (error.isFinal) return;
        if (error.code === "unreachable") return this.#socket.restart();
        await pause(Math.max(backoff(attempt), (error.retryAfter ?? 0) * 1000), signal);
      }
    }
  }
}
