"use client";

import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { LOADING } from "../shop.js";
import type { ProductSnapshot, Shop, ShopSnapshot } from "../types.js";
import { useShopClient } from "./provider.js";

const NEW_FOR_MS = 5_000;
const LOADING_PRODUCT: ProductSnapshot = { product: null, status: "loading", error: null };

export interface ShopProducts extends ShopSnapshot, Pick<Shop, "loadMore" | "refresh"> {
  /** Whether the product arrived in the last five seconds, after the first load. */
  readonly isNew: (videoId: string) => boolean;
}

/** A seller's products, kept up to date while the component is mounted. */
export function useShopProducts(handle: string): ShopProducts {
  const shop = useShopClient().shop(handle);
  const snapshot = useSyncExternalStore(shop.subscribe, shop.getSnapshot, () => LOADING);
  const isNew = useArrivals(shop, snapshot);
  return { ...snapshot, loadMore: shop.loadMore, refresh: shop.refresh, isNew };
}

/** One product of a seller, kept up to date while the component is mounted; null if there is none. */
export function useProduct(handle: string, videoId: string): ProductSnapshot {
  const client = useShopClient();
  const store = useMemo(() => client.product(handle, videoId), [client, handle, videoId]);
  return useSyncExternalStore(store.subscribe, store.getSnapshot, () => LOADING_PRODUCT);
}

interface Arrivals {
  readonly shop: Shop;
  readonly snapshot: ShopSnapshot;
  /** When each product arrived. */
  readonly times: ReadonlyMap<string, number>;
}

function useArrivals(shop: Shop, snapshot: ShopSnapshot): (videoId: string) => boolean {
  const [arrivals, setArrivals] = useState<Arrivals>({ shop, snapshot, times: new Map() });
  // While rendering, so that a product is new the first time it is shown.
  if (arrivals.shop !== shop) setArrivals({ shop, snapshot, times: new Map() });
  else if (arrivals.snapshot !== snapshot) {
    const arrived = arrivedBetween(arrivals.snapshot, snapshot);
    const time = snapshot.lastSyncedAt ?? 0;
    const added = arrived.map((videoId) => [videoId, time] as const);
    const times = added.length ? new Map([...arrivals.times, ...added]) : arrivals.times;
    setArrivals({ shop, snapshot, times });
  }
  const { times } = arrivals;
  useEffect(() => {
    if (!times.size) return;
    const first = Math.min(...times.values());
    const forget = () =>
      setArrivals((now) => ({
        ...now,
        times: new Map([...now.times].filter(([, time]) => time > first)),
      }));
    const timer = setTimeout(forget, first + NEW_FOR_MS - Date.now());
    return () => clearTimeout(timer);
  }, [times]);
  return useCallback((videoId: string) => times.has(videoId), [times]);
}

/** What was added between two snapshots otherwise than by loading the next page. */
export function arrivedBetween(before: ShopSnapshot, after: ShopSnapshot): string[] {
  if (before.lastSyncedAt === null || before.products === after.products) return [];
  const known = new Set(before.products.map((product) => product.video_id));
  const oldest = before.hasMore ? (before.products.at(-1)?.video_id ?? "") : "";
  return after.products
    .map((product) => product.video_id)
    .filter((videoId) => videoId > oldest && !known.has(videoId));
}
