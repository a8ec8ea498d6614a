import type { InfiniteData } from "@tanstack/react-query";
import { byVideo, isNewer } from "../product-list.js";
import type { Product, ProductList } from "../types.js";

/** What is under the key: an answer of the list call, or several, as `useInfiniteQuery` has them. */
export type Cached = ProductList | InfiniteData<ProductList, unknown>;

/** The clocks of the service's instances may differ by so much. */
const ALLOWANCE_MS = 10_000;

export function pagesOf(cached: Cached): readonly ProductList[] {
  return "pages" in cached ? cached.pages : [cached];
}

/** Whether the list may have been read before a load of that `timestamp`. */
export function mayBeOlder(cached: Cached, timestamp: string): boolean {
  const load = Date.parse(timestamp);
  return readAt(cached) !== load && readAt(cached) < load + ALLOWANCE_MS;
}

/** With the newest of each product; the same object if nothing is newer. */
export function updated<Data extends Cached>(cached: Data, products: readonly Product[]): Data {
  const pages = updatedPages(pagesOf(cached), products, readAt(cached));
  if (pages === undefined) return cached;
  return "pages" in cached ? { ...cached, pages } : (pages[0] as Data);
}

function readAt(cached: Cached): number {
  return Date.parse(pagesOf(cached)[0]?.metadata.timestamp ?? "") || 0;
}

function updatedPages(
  pages: readonly ProductList[],
  products: readonly Product[],
  readAt: number,
): ProductList[] | undefined {
  const held = new Map(pages.flatMap((page) => page.products.map((each) => [each.video_id, each])));
  const newer = products.filter((product) => {
    const before = held.get(product.video_id);
    // What was there when the list was read and is not in it was deleted.
    if (!before) return Date.parse(product.updated_at) >= readAt - ALLOWANCE_MS;
    return isNewer(product, before);
  });
  let changed = false;
  const result = pages.map((page, index) => {
    const fitting = newer.filter((product) => index === pageFor(product, pages));
    if (!fitting.length) return page;
    changed = true;
    const fresh = new Set(fitting.map((product) => product.video_id));
    const kept = page.products.filter((product) => !fresh.has(product.video_id));
    const all = [...fitting, ...kept].sort(byVideo);
    return { ...page, products: all, pagination: { ...page.pagination, count: all.length } };
  });
  return changed ? result : undefined;
}

/** The page whose range the product lies in; none if that page was not loaded. */
function pageFor({ video_id }: Product, pages: readonly ProductList[]): number {
  return pages.findIndex(({ products, pagination }) => {
    const last = products.at(-1)?.video_id;
    return !pagination.hasMore || (last !== undefined && video_id >= last);
  });
}
