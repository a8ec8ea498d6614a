import type { Product, ProductList as Page } from "./types.js";

export type ListPage = Pick<Page, "products" | "pagination">;

/** Newest videos first: the order of the service's list. */
export function byVideo(one: Product, other: Product): number {
  return one.video_id < other.video_id ? 1 : -1;
}

export function isNewer(product: Product, held: Product | undefined): boolean {
  return held === undefined || product.updated_at > held.updated_at;
}

/**
 * The newest version of every product that was seen, and which of them are shown.
 *
 * A change of a product that lies beyond the last page is kept, and not shown before its page is
 * loaded: the list has no gaps.
 */
export class ProductList {
  #known = new Map<string, Product>();
  #takenSinceRestart = new Map<string, Product>();
  #oldestShown = "";
  #lastKey: string | null = null;
  #shown: readonly Product[] | undefined;

  /** The cursor of the next page; null if there is none. */
  get lastKey(): string | null {
    return this.#lastKey;
  }

  get oldestShown(): string {
    return this.#oldestShown;
  }

  find(videoId: string): Product | undefined {
    return this.#known.get(videoId);
  }

  known(): Product[] {
    return [...this.#known.values()];
  }

  shown(): readonly Product[] {
    this.#shown ??= this.known()
      .filter((product) => product.video_id >= this.#oldestShown)
      .sort(byVideo);
    return this.#shown;
  }

  /** Returns whether the product is newer than what was known of it. */
  take(product: Product): boolean {
    if (!isNewer(product, this.#known.get(product.video_id))) return false;
    this.#known.set(product.video_id, product);
    this.#takenSinceRestart.set(product.video_id, product);
    this.#shown = undefined;
    return true;
  }

  /** Before the first page of a new load is asked for. */
  restart(): void {
    this.#takenSinceRestart = new Map();
  }

  /** Hold what is on these pages, the first ones of the list, and what came since the restart. */
  replace(pages: readonly ListPage[]): void {
    const before = this.#known;
    this.#known = new Map(this.#takenSinceRestart);
    for (const product of pages.flatMap((page) => page.products)) {
      if (!isNewer(product, this.#known.get(product.video_id))) continue;
      const held = before.get(product.video_id);
      // The same object again, so that nothing is rendered anew.
      const same = held?.updated_at === product.updated_at;
      this.#known.set(product.video_id, same ? held : product);
    }
    this.#showUntil(pages.at(-1));
  }

  append(page: ListPage): void {
    page.products.forEach((product) => this.take(product));
    // A reload may have gone further meanwhile.
    const last = page.products.at(-1);
    if (last === undefined || last.video_id < this.#oldestShown) this.#showUntil(page);
  }

  #showUntil(page: ListPage | undefined): void {
    const hasMore = page?.pagination.hasMore ?? false;
    this.#oldestShown = (hasMore && page?.products.at(-1)?.video_id) || "";
    this.#lastKey = hasMore ? (page?.pagination.lastEvaluatedKey ?? null) : null;
    this.#shown = undefined;
  }
}
