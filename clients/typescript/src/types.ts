import type { ShopError } from "./errors.js";
import type { components } from "./openapi.js";

/** A video's caption and thumbnails, joined. */
export type Product = components["schemas"]["Product"];

/** A page of a shop's list, as REST answers it. */
export type ProductList = components["schemas"]["ProductList"];

/**
 * - `loading`: nothing is there yet
 * - `live`: changes arrive as they happen
 * - `polling`: neither sockets nor server-sent events get through; changes arrive within seconds
 * - `reconnecting`: what is shown may be out of date
 * - `error`: the service refuses; `refresh()` tries again
 */
export type ShopStatus = "loading" | "live" | "reconnecting" | "polling" | "error";

export interface ShopSnapshot {
  /** Newest videos first, without gaps, down to the last page that was loaded. */
  readonly products: readonly Product[];
  readonly status: ShopStatus;
  /** What failed last; null once all is well again. */
  readonly error: ShopError | null;
  /** When the shop was last known to be up to date, as `Date.now()` tells it; null until then. */
  readonly lastSyncedAt: number | null;
  readonly hasMore: boolean;
}

export interface ProductSnapshot {
  /** Null while it loads, and as long as there is no such product. */
  readonly product: Product | null;
  readonly status: ShopStatus;
  readonly error: ShopError | null;
}

/** A store as React's `useSyncExternalStore` takes it; its functions may be passed on unbound. */
export interface Store<Snapshot> {
  readonly getSnapshot: () => Snapshot;
  readonly subscribe: (listener: () => void) => () => void;
}

/** A seller's products. It is kept up to date while anybody is subscribed. */
export interface Shop extends Store<ShopSnapshot> {
  /** Load the next page. Failures are in the snapshot. */
  readonly loadMore: () => Promise<void>;
  /** Load everything that is shown again. Failures are in the snapshot. */
  readonly refresh: () => Promise<void>;
}
