import { asShopError, type ShopError } from "./errors.js";
import type { ShopStore } from "./shop.js";
import type { ProductSnapshot, Store } from "./types.js";

/** One product, kept up to date by its shop; it may lie beyond the pages that were loaded. */
export class ProductStore implements Store<ProductSnapshot> {
  readonly #shop: ShopStore;
  readonly #videoId: string;
  /** The load of the shop after which it was asked for. */
  #askedAfter = "";
  #asking = false;
  #error: ShopError | null = null;
  #snapshot: ProductSnapshot | undefined;

  constructor(shop: ShopStore, videoId: string) {
    this.#shop = shop;
    this.#videoId = videoId;
  }

  readonly getSnapshot = (): ProductSnapshot => {
    const { product, status, error } = this.#look();
    const shown = this.#snapshot;
    if (product === shown?.product && status === shown.status && error === shown.error)
      return shown;
    this.#snapshot = { product, status, error };
    return this.#snapshot;
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    const changed = () => {
      this.#askIfUnknown(listener);
      listener();
    };
    const unsubscribe = this.#shop.subscribe(changed);
    this.#askIfUnknown(listener);
    return unsubscribe;
  };

  #look(): ProductSnapshot {
    const { status, error } = this.#shop.getSnapshot();
    const found = this.#shop.find(this.#videoId);
    // A reload forgets what it does not show; until it is found again the old one is better.
    const product = found ?? (this.#asking ? (this.#snapshot?.product ?? null) : null);
    return {
      product,
      status: product === null && this.#asking ? "loading" : status,
      error: error ?? this.#error,
    };
  }

  #askIfUnknown(listener: () => void): void {
    const { loadedAt } = this.#shop;
    if (this.#asking || this.#askedAfter === loadedAt || this.#shop.find(this.#videoId)) return;
    this.#askedAfter = loadedAt;
    this.#asking = true;
    this.#error = null;
    void this.#shop
      .seek(this.#videoId)
      .catch((error: unknown) => {
        this.#error = asShopError(error);
        if (!this.#error.isFinal) this.#askedAfter = "";
      })
      .finally(() => {
        this.#asking = false;
        listener();
      });
  }
}
