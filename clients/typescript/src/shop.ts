import { asShopError, type ShopError } from "./errors.js";
import type { Subscribed } from "./events.js";
import { type ListPage, ProductList } from "./product-list.js";
import type { Rest } from "./rest.js";
import { backoff, pause } from "./timing.js";
import type { Product, ProductList as Page, Shop, ShopSnapshot, ShopStatus } from "./types.js";

/** How long a shop without users is still followed: React mounts twice, people go back and forth. */
export const GRACE_MS = 3_000;
const LARGEST_PAGE = 50;
const ABOVE_ALL_VIDEOS = "\uffff";

export const LOADING: ShopSnapshot = {
  products: [],
  status: "loading",
  error: null,
  lastSyncedAt: null,
  hasMore: false,
};

/** What keeps shops up to date while they have users. */
export interface Follower {
  follow(shop: ShopStore): void;
  leave(shop: ShopStore): void;
}

export interface ShopOptions {
  readonly handle: string;
  readonly pageSize: number;
  readonly rest: Rest;
  readonly follower: Follower;
}

/** A shop as its users see it, and as the doors through which its changes arrive fill it. */
export class ShopStore implements Shop {
  readonly handle: string;
  readonly #pageSize: number;
  readonly #rest: Rest;
  readonly #follower: Follower;
  readonly #list = new ProductList();
  readonly #listeners = new Set<{ readonly notify: () => void }>();
  #snapshot = LOADING;
  #door: "live" | "polling" | null = null;
  #error: ShopError | null = null;
  #lastSyncedAt: number | null = null;
  #isFollowed = false;
  #catchingUp = false;
  /** Something may be missing that only a reload brings. */
  #isBehind = false;
  /** What is passed as `since`: no change after it is missing, unless `#isBehind`. */
  #mark: string | undefined;
  #loadedAt = "";
  #pollTag: string | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #reloading: Promise<void> | undefined;
  #reloadsWanted = 0;
  #loadingMore: Promise<void> | undefined;

  constructor({ handle, pageSize, rest, follower }: ShopOptions) {
    this.handle = handle;
    this.#pageSize = pageSize;
    this.#rest = rest;
    this.#follower = follower;
  }

  // For users.

  readonly getSnapshot = (): ShopSnapshot => this.#snapshot;

  readonly subscribe = (notify: () => void): (() => void) => {
    const listener = { notify };
    this.#listeners.add(listener);
    clearTimeout(this.#grace);
    if (!this.#isFollowed) this.#follow();
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size) return;
      this.#grace = setTimeout(() => this.#leave(), GRACE_MS);
    };
  };

  readonly loadMore = (): Promise<void> => {
    this.#loadingMore ??= this.#loadNextPage().finally(() => {
      this.#loadingMore = undefined;
    });
    return this.#loadingMore;
  };

  readonly refresh = (): Promise<void> => {
    if (this.#error?.isFinal && this.#isFollowed) this.#follow();
    return this.#reload();
  };

  // For what stands on the store.

  /** When the list was last loaded as a whole, by the service's clock; no change since is missing. */
  get loadedAt(): string {
    return this.#loadedAt;
  }

  find(videoId: string): Product | undefined {
    return this.#list.find(videoId);
  }

  known(): Product[] {
    return this.#list.known();
  }

  /** Begin with a page that was loaded elsewhere, unless something was loaded already. */
  seed(page: Page): void {
    if (this.#mark !== undefined) return;
    this.#loaded([page], page.metadata.timestamp);
    this.#show();
  }

  /** Load a page, and leave it to the caller. Throws ShopError. */
  page(lastKey?: string): Promise<Page> {
    return this.#rest.page(this.handle, { limit: this.#pageSize, lastKey });
  }

  /** Look for a product that may lie beyond the pages that were loaded. Throws ShopError. */
  async seek(videoId: string): Promise<void> {
    const product = await this.#rest.product(this.handle, videoId);
    if (product) this.take(product);
  }

  // For the doors.

  /** What to ask for when joining. Until the answer nothing is shown of what comes before it. */
  joinRequest(): { since: string } | { snapshot: number } {
    this.#catchingUp = true;
    if (this.#mark !== undefined) return { since: this.#mark };
    this.#list.restart();
    return { snapshot: this.#pageSize };
  }

  joined({ timestamp, snapshot }: Subscribed): void {
    if (snapshot) this.#loaded([snapshot], timestamp);
    // Without a mark a snapshot was asked for: this instance is older, and knows none.
    else if (this.#mark === undefined) this.#isBehind = true;
    else this.#mark = timestamp;
    // A reload may have been given up when nobody watched.
    if (this.#isBehind && !this.#reloading) void this.#reload();
    this.upToDate("live");
  }

  take(product: Product): void {
    if (this.#list.take(product) && !this.#catchingUp) this.#synced();
  }

  /** Something may be missing. */
  resync(): void {
    void this.#reload();
  }

  /** Ask once for what has changed. Throws ShopError. */
  async poll(): Promise<void> {
    if (this.#mark === undefined) await this.#load();
    else await this.#pollSince(this.#mark);
  }

  /** Everything up to now came through this door, and so will the rest. */
  upToDate(door: "live" | "polling"): void {
    this.#door = door;
    this.#synced();
  }

  /** Nothing arrives at the moment. */
  interrupted(error: ShopError | null = null): void {
    this.#door = null;
    this.#failed(error);
  }

  #follow(): void {
    this.#isFollowed = true;
    this.#follower.follow(this);
  }

  #leave(): void {
    this.#isFollowed = false;
    this.#follower.leave(this);
  }

  #failed(error: ShopError | null): void {
    this.#catchingUp = false;
    this.#error = error;
    this.#show();
  }

  async #pollSince(since: string): Promise<void> {
    const request = { since, limit: LARGEST_PAGE };
    const first = await this.#rest.changedPage(this.handle, request, this.#pollTag);
    // Nothing has changed: the same question again.
    if (first === null) return;
    let { page } = first;
    for (;;) {
      page.products.forEach((product) => this.#list.take(product));
      const lastKey = page.pagination.lastEvaluatedKey;
      if (lastKey === null) break;
      page = await this.#rest.page(this.handle, { ...request, lastKey });
    }
    this.#pollTag = page === first.page ? first.tag : undefined;
    this.#mark = page.metadata.timestamp;
  }

  #reload(): Promise<void> {
    this.#isBehind = true;
    this.#reloadsWanted += 1;
    this.#reloading ??= this.#reloadUntilDone().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  async #reloadUntilDone(): Promise<void> {
    for (let attempt = 0, wanted = 0; wanted !== this.#reloadsWanted;) {
      try {
        wanted = this.#reloadsWanted;
        await this.#load();
        this.#isBehind = wanted !== this.#reloadsWanted;
        this.#synced();
      } catch (caught) {
        const error = asShopError(caught);
        this.#failed(error);
        if (error.isFinal || !this.#isFollowed) return;
        wanted = 0;
        await pause(backoff(attempt++));
      }
    }
  }

  /** Load what is shown again, or the first page. */
  async #load(): Promise<void> {
    const count = this.#list.shown().length;
    const limit = Math.min(LARGEST_PAGE, Math.max(this.#pageSize, count));
    const downTo = count > this.#pageSize ? this.#list.oldestShown : ABOVE_ALL_VIDEOS;
    this.#list.restart();
    const pages = await this.#rest.pages(this.handle, { limit, downTo });
    this.#loaded(pages, pages[0].metadata.timestamp);
  }

  async #loadNextPage(): Promise<void> {
    const { lastKey } = this.#list;
    if (lastKey === null) return;
    try {
      this.#list.append(await this.#rest.page(this.handle, { limit: this.#pageSize, lastKey }));
      this.#error = null;
      this.#show();
    } catch (error) {
      this.#failed(asShopError(error));
    }
  }

  #loaded(pages: readonly ListPage[], timestamp: string): void {
    this.#list.replace(pages);
    this.#mark = this.#loadedAt = timestamp;
    this.#pollTag = undefined;
  }

  #synced(): void {
    this.#catchingUp = false;
    if (!this.#isBehind) {
      this.#error = null;
      this.#lastSyncedAt = Date.now();
    }
    this.#show();
  }

  get #status(): ShopStatus {
    if (this.#error?.isFinal) return "error";
    if (this.#mark === undefined) return "loading";
    return this.#door ?? "reconnecting";
  }

  #show(): void {
    this.#snapshot = {
      products: this.#list.shown(),
      status: this.#status,
      error: this.#error,
      lastSyncedAt: this.#lastSyncedAt,
      hasMore: this.#list.lastKey !== null,
    };
    for (const { notify } of [...this.#listeners]) notify();
  }
}
