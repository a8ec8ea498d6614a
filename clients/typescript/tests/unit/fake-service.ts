// The service in memory, as its contract says: joins before it reads, replays what changed since,
// sends at most `mostReplayed`. Doors can be blocked and connections cut.
import type { ProductPushed, Resync, Subscribed, SubscribeRequest } from "../../src/events.js";
import type { Product, ProductList } from "../../src/types.js";
import { byVideo } from "../../src/product-list.js";

const LATENCY_MS = 10;
export const HANDLE = "home256";
export const URL_OF_SERVICE = "http://shop.test/assembly/";

type Sent = ["new_product" | "product_updated", ProductPushed] | ["resync", Resync];
type Listener = (payload?: unknown) => void;

export function product(videoId: string, title = "Cup", updatedAt = now()): Product {
  const thumbnail = {
    thumbnail_url: "https://pictures.example/1.jpg",
    thumbnail_s3_key: "1.jpg",
    frame_timestamp: 0.5,
    frame_index: 5,
    confidence_score: 0.5,
    quality_score: 0.5,
    is_primary: true,
  };
  return {
    video_id: videoId,
    seller_handle: HANDLE,
    title,
    price: 1999.99,
    sizes: null,
    tags: [],
    thumbnails: [thumbnail],
    primary_thumbnail: thumbnail,
    processing_metadata: {
      video_duration: 5,
      frames_analyzed: 5,
      thumbnails_generated: 5,
      processing_time_ms: 5,
    },
    created_at: updatedAt,
    updated_at: updatedAt,
  };
}

export function now(): string {
  return new Date().toISOString();
}

export class FakeService {
  readonly products = new Map<string, Product>();
  /** What came in, in order: `GET /path`, `subscribe {...}`, `unsubscribe`. */
  readonly requests: string[] = [];
  readonly sockets = new Set<FakeSocket>();
  readonly streams = new Set<FakeStream>();
  socketsBlocked = false;
  streamsBlocked = false;
  down = false;
  knowsSnapshots = true;
  mostReplayed = 200;
  /** Answers subscriptions instead of the service. */
  refusal: { code: string; message: string; timestamp: string; retry_after?: number } | undefined;
  restStatus = 200;
  /** The tokens that it takes; null: it asks for none. */
  tokens: Set<string> | null = null;
  latency = LATENCY_MS;

  put(videoId: string, title = "Cup"): Product {
    const held = this.products.get(videoId);
    const changed = { ...product(videoId, title), ...(held && { created_at: held.created_at }) };
    // Later with every change.
    if (held && held.updated_at >= changed.updated_at)
      changed.updated_at = new Date(Date.parse(held.updated_at) + 1).toISOString();
    this.products.set(videoId, changed);
    this.#send(...announcement(changed));
    return changed;
  }

  resync(): void {
    this.#send("resync", { seller_handle: HANDLE, reason: "change_unconfirmed", timestamp: now() });
  }

  /** Cut all connections; what is on its way is lost. */
  cut(): void {
    for (const socket of [...this.sockets]) socket.cut();
    for (const stream of [...this.streams]) stream.cut();
  }

  table(): Product[] {
    return [...this.products.values()].sort(byVideo);
  }

  page(query: URLSearchParams): ProductList {
    const since = query.get("since");
    const lastKey = JSON.parse(query.get("lastKey") ?? "null") as [string, string] | null;
    const [timestamp, after] = lastKey ?? [now(), "\uffff"];
    const rows =
      since === null
        ? this.table().filter((row) => row.video_id < after)
        : this.table().filter((row) => row.updated_at > since && row.video_id < after);
    const limit = Number(query.get("limit") ?? 20);
    const products = rows.slice(0, limit);
    const hasMore = rows.length > limit;
    const last = products.at(-1)?.video_id ?? "";
    return {
      products,
      pagination: {
        hasMore,
        lastEvaluatedKey: hasMore ? JSON.stringify([timestamp, last]) : null,
        count: products.length,
      },
      metadata: { sellerHandle: HANDLE, since, timestamp },
    };
  }

  /** What a joining client is sent before the answer, and the answer. */
  join({ seller_handle, since, snapshot }: SubscribeRequest): [Sent[], Subscribed] {
    const answer: Subscribed = { seller_handle, message: "You are shown it.", timestamp: now() };
    if (since !== undefined) {
      const changed = this.table().filter((row) => row.updated_at > since);
      if (changed.length <= this.mostReplayed) return [changed.map(announcement), answer];
      const reason = "too_many_changes";
      return [[["resync", { seller_handle, reason, timestamp: now() }]], answer];
    }
    if (snapshot === undefined || !this.knowsSnapshots) return [[], answer];
    const { metadata: _, ...page } = this.page(new URLSearchParams({ limit: `${snapshot}` }));
    return [[], { ...answer, snapshot: page }];
  }

  readonly fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const { pathname, searchParams } = new URL(url);
    this.requests.push(
      `${init.method ?? "GET"} ${pathname}${[...searchParams.keys()].map((key) => ` ${key}`).join("")}`,
    );
    await after(this.latency);
    if (this.down) throw new TypeError("fetch failed");
    const token = new Headers(init.headers).get("Authorization")?.replace("Bearer ", "");
    if (/[^\x20-\x7e]/.test(token ?? "")) throw new TypeError("no header can hold this");
    if (!this.takes(token)) return Response.json({ detail: "Send a token." }, { status: 401 });
    if (pathname.endsWith("/ticket"))
      return this.tokens
        ? Response.json({ ticket: token, expiresInSeconds: 60 })
        : new Response(null, { status: 404 });
    if (this.restStatus !== 200)
      return Response.json({ detail: "It is refused." }, { status: this.restStatus });
    const videoId = /\/products\/(.+)$/.exec(pathname)?.[1];
    if (videoId !== undefined) {
      const found = this.products.get(videoId);
      return found ? Response.json(found) : new Response(null, { status: 404 });
    }
    const page = this.page(searchParams);
    await after(this.latency);
    const tag = `W/"${JSON.stringify([page.products, page.pagination.hasMore]).length}-${page.products.map((each) => each.updated_at).join()}"`;
    const held = new Headers(init.headers).get("If-None-Match");
    if (held === tag) {
      this.requests.push("304");
      return new Response(null, { status: 304 });
    }
    return Response.json(page, { headers: { ETag: tag } });
  };

  takes(token: string | null | undefined): boolean {
    return this.tokens === null || this.tokens.has(token ?? "");
  }

  /** End what a token allowed: who watches by it is told, and cut. */
  expire(token: string): void {
    this.tokens?.delete(token);
    for (const socket of [...this.sockets]) {
      socket.emitLocally("error", { code: "token_expired", message: "It has expired." });
      socket.cut();
    }
    for (const stream of [...this.streams]) stream.cut();
  }

  #send(...sent: Sent): void {
    for (const socket of this.sockets) if (socket.joined) socket.receive(...sent);
    for (const stream of this.streams) if (stream.joined) stream.receive(...sent);
  }
}

function announcement(changed: Product): Sent {
  const event = changed.created_at === changed.updated_at ? "new_product" : "product_updated";
  return [event, { event_type: event, product: changed, timestamp: now() }];
}

export function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export let service: FakeService;

/** Put a fresh service behind `io`, `fetch` and `EventSource`. */
export function installFakeService(): FakeService {
  service = new FakeService();
  return service;
}

class Events {
  readonly #listeners = new Map<string, Listener[]>();

  on(event: string, listener: Listener): this {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    return this;
  }

  emitLocally(event: string, payload?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(payload);
  }
}

/** Stands in for the socket of socket.io-client. */
export class FakeSocket extends Events {
  static last: FakeSocket;
  readonly url: string;
  readonly options: { readonly auth: (send: (auth: { token?: string }) => void) => void };
  /** The library makes a new engine for each connection. */
  readonly io = { engine: {} };
  connected = false;
  joined = false;
  attempts: number[] = [];
  /** Its network swallows everything, until it connects anew. */
  mute = false;
  #opening = false;

  constructor(url: string, options: unknown) {
    super();
    this.url = url;
    this.options = options as FakeSocket["options"];
    FakeSocket.last = this;
  }

  connect(): this {
    if (this.connected || this.#opening) return this;
    this.#opening = true;
    this.io.engine = {};
    this.attempts.push(Date.now());
    void after(LATENCY_MS).then(() => {
      if (!this.#opening) return;
      if (service.down || service.socketsBlocked) {
        this.#opening = false;
        return this.emitLocally("connect_error");
      }
      this.options.auth(({ token }) => this.#join(token));
    });
    return this;
  }

  #join(token: string | undefined): void {
    if (!this.#opening) return;
    this.#opening = false;
    service.requests.push(...(service.tokens ? [`connect ${token}`] : []));
    if (!service.takes(token))
      return this.emitLocally("connect_error", { data: { code: "token_refused" } });
    service.sockets.add(this);
    this.mute = false;
    this.connected = true;
    this.emitLocally("connect");
  }

  disconnect(): this {
    this.#opening = false;
    this.cut();
    return this;
  }

  cut(): void {
    const wasConnected = this.connected;
    this.connected = this.joined = false;
    service.sockets.delete(this);
    if (wasConnected) this.emitLocally("disconnect");
  }

  timeout(milliseconds: number) {
    return {
      emitWithAck: async (_: "subscribe_to_seller", request: SubscribeRequest) => {
        service.requests.push(`subscribe ${Object.keys(request).join()}`);
        if (this.mute) {
          await after(milliseconds);
          throw new Error("operation has timed out");
        }
        await after(LATENCY_MS);
        if (service.refusal) return service.refusal;
        if (!this.connected) return new Promise(() => undefined);
        this.joined = true;
        const [sent, answer] = service.join(request);
        for (const each of sent) this.receive(...each);
        await after(LATENCY_MS);
        return this.connected ? answer : new Promise(() => undefined);
      },
    };
  }

  emit(event: string): void {
    service.requests.push(event);
    this.joined = false;
  }

  receive(...[event, payload]: Sent): void {
    void after(LATENCY_MS).then(() => this.connected && this.emitLocally(event, payload));
  }
}

/** Stands in for the browser's EventSource. */
export class FakeStream extends Events {
  joined = false;
  #open = true;

  constructor(url: string) {
    super();
    const query = new URL(url).searchParams;
    service.requests.push(`stream ${[...query.keys()].join()}`);
    void after(LATENCY_MS).then(() => {
      if (!this.#open) return;
      if (service.down || service.streamsBlocked || !service.takes(query.get("ticket")))
        return this.emitLocally("error");
      service.streams.add(this);
      this.joined = true;
      const since = query.get("since");
      const snapshot = query.get("snapshot");
      const [sent, answer] = service.join({
        seller_handle: HANDLE,
        ...(since === null ? {} : { since }),
        ...(snapshot === null ? {} : { snapshot: Number(snapshot) }),
      });
      for (const each of sent) this.receive(...each);
      this.receive("subscribed", answer);
    });
  }

  addEventListener(event: string, listener: Listener): void {
    this.on(event, listener);
  }

  close(): void {
    this.#open = false;
    service.streams.delete(this);
  }

  cut(): void {
    service.streams.delete(this);
    this.emitLocally("error");
  }

  receive(...[event, payload]: Sent | ["subscribed", Subscribed]): void {
    const data = JSON.stringify(payload);
    void after(LATENCY_MS).then(() => this.#open && this.emitLocally(event, { data }));
  }
}
