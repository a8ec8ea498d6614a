"use client";

import { hashKey, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ShopClient } from "../client.js";
import { ShopStore } from "../shop.js";
import type { ProductList } from "../types.js";
import { type Cached, mayBeOlder, pagesOf, updated } from "./cached.js";

/**
 * Options for `useQuery` and for `useInfiniteQuery`; the data are answers of the list call.
 *
 * Nothing is loaded twice by itself: `useLiveShopProducts`, called beside them, brings the changes.
 */
export function shopProductsOptions(client: ShopClient, handle: string) {
  return {
    queryKey: keyOf(handle),
    queryFn: ({ pageParam }: { pageParam?: unknown }): Promise<ProductList> =>
      storeOf(client, handle).page(typeof pageParam === "string" ? pageParam : undefined),
    initialPageParam: null as string | null,
    getNextPageParam: (last: ProductList): string | null => last.pagination.lastEvaluatedKey,
    staleTime: Infinity,
  };
}

/** Keep what lies under `['shop-products', handle]` up to date while the component is mounted. */
export function useLiveShopProducts(client: ShopClient, handle: string): void {
  const queryClient = useQueryClient();
  useEffect(
    () => keepUpToDate(queryClient, storeOf(client, handle)),
    [queryClient, client, handle],
  );
}

function keyOf(handle: string) {
  return ["shop-products", handle] as const;
}

function storeOf(client: ShopClient, handle: string): ShopStore {
  const shop = client.shop(handle);
  if (shop instanceof ShopStore) return shop;
  throw new TypeError("Pass a client that createShopClient made.");
}

function keepUpToDate(queryClient: QueryClient, shop: ShopStore): () => void {
  const queryKey = keyOf(shop.handle);
  let unsubscribe: (() => void) | undefined;
  let coveredFrom = "";

  const update = () => {
    const cached = queryClient.getQueryData<Cached>(queryKey);
    const firstPage = cached && pagesOf(cached)[0];
    if (!firstPage) return;
    // The shop goes on from what the query has read, instead of loading it once more.
    if (!unsubscribe) shop.seed(firstPage);
    unsubscribe ??= shop.subscribe(update);
    if (shop.loadedAt !== coveredFrom) {
      coveredFrom = shop.loadedAt;
      if (mayBeOlder(cached, coveredFrom))
        void queryClient.invalidateQueries({ queryKey, exact: true });
    }
    const data = updated(cached, shop.known());
    if (data !== cached) queryClient.setQueryData(queryKey, data);
  };

  update();
  const queryHash = hashKey(queryKey);
  const unwatch = queryClient.getQueryCache().subscribe((event) => {
    if (event.query.queryHash !== queryHash || event.type !== "updated") return;
    // The answer may be older than what was pushed while it was on its way.
    if (event.action.type === "success" && !event.action.manual) update();
  });
  return () => {
    unwatch();
    unsubscribe?.();
  };
}
