import {
  QueryClient,
  QueryClientProvider,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, describe, expect, test } from "vitest";
import { createShopClient, type ShopClient } from "../../src/index.js";
import { shopProductsOptions, useLiveShopProducts } from "../../src/react/index.js";
import { HANDLE, product, service, URL_OF_SERVICE } from "./fake-service.js";
import { pass, videoIds } from "./support.js";

afterEach(cleanup);

const passing = (milliseconds?: number) => act(() => pass(milliseconds));

function stage(pageSize = 20) {
  const queryClient = new QueryClient();
  const client = createShopClient({ url: URL_OF_SERVICE, pageSize });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
  );
  return { queryClient, client, wrapper };
}

function useList(client: ShopClient) {
  useLiveShopProducts(client, HANDLE);
  return useQuery(shopProductsOptions(client, HANDLE)).data;
}

function usePages(client: ShopClient) {
  useLiveShopProducts(client, HANDLE);
  const { data, fetchNextPage, hasNextPage } = useInfiniteQuery(
    shopProductsOptions(client, HANDLE),
  );
  return { data, fetchNextPage, hasNextPage };
}

describe("a query", () => {
  test("holds the list call's answer under the shop's key, loaded once, and what follows", async () => {
    service.put("1");
    const { queryClient, client, wrapper } = stage();
    const { result } = renderHook(() => useList(client), { wrapper });
    await passing();
    expect(service.requests).toEqual([
      "GET /assembly/api/v1/shop/home256/products limit",
      "subscribe seller_handle,since",
    ]);
    service.put("3");
    service.put("2");
    service.put("1", "Changed");
    await passing();
    expect(result.current?.products).toEqual(service.table());
    expect(result.current?.pagination.count).toBe(3);
    expect(queryClient.getQueryData(["shop-products", HANDLE])).toBe(result.current);
  });

  test("does not lose what changes between its load and the subscription", async () => {
    const { client, wrapper } = stage();
    const { result } = renderHook(() => useList(client), { wrapper });
    await passing(25);
    expect(result.current?.products).toEqual([]);
    service.put("1");
    await passing();
    expect(result.current?.products).toEqual(service.table());
  });

  test("that is loaded again while something is pushed keeps the newer one", async () => {
    service.put("1");
    const { queryClient, client, wrapper } = stage();
    const { result } = renderHook(() => useList(client), { wrapper });
    await passing();
    service.latency = 50;
    void queryClient.refetchQueries({ queryKey: ["shop-products", HANDLE] });
    // The page was read, and is on its way.
    await passing(60);
    service.put("1", "Changed");
    service.put("2");
    await passing(200);
    expect(result.current?.products).toEqual(service.table());
  });

  test("is loaded again after a resync, and forgets what was deleted", async () => {
    service.put("1");
    service.put("2");
    const { client, wrapper } = stage();
    const { result } = renderHook(() => useList(client), { wrapper });
    await passing(60_000);
    service.products.delete("1");
    service.resync();
    await passing();
    expect(videoIds(result.current!)).toEqual(["2"]);
  });

  test("that is loaded again does not get back what was deleted", async () => {
    service.put("1");
    const { queryClient, client, wrapper } = stage();
    const { result } = renderHook(() => useList(client), { wrapper });
    await passing(60_000);
    service.products.delete("1");
    void queryClient.refetchQueries({ queryKey: ["shop-products", HANDLE] });
    await passing();
    service.put("2");
    await passing();
    expect(result.current?.products).toEqual(service.table());
  });

  test("follows a shop that others have loaded before it", async () => {
    service.put("1");
    const { client, wrapper } = stage();
    client.shop(HANDLE).subscribe(() => undefined);
    await passing();
    const { result } = renderHook(() => useList(client), { wrapper });
    service.products.set("2", product("2"));
    await passing(200);
    service.put("3");
    await passing();
    expect(result.current?.products).toEqual(service.table());
  });

  test("left and come back to shows what changed meanwhile, without loading the list again", async () => {
    service.put("1");
    const { client, wrapper } = stage();
    const first = renderHook(() => useList(client), { wrapper });
    await passing();
    first.unmount();
    await passing(30_000);
    service.put("2");
    const { result } = renderHook(() => useList(client), { wrapper });
    await passing();
    expect(result.current?.products).toEqual(service.table());
    expect(service.requests.filter((request) => request.startsWith("GET"))).toHaveLength(1);
  });
});

describe("an infinite query", () => {
  test("takes each change into the page it belongs to, without duplicates", async () => {
    for (const videoId of ["9", "7", "5", "3", "1"]) service.put(videoId);
    const { client, wrapper } = stage(2);
    const { result } = renderHook(() => usePages(client), { wrapper });
    const pages = () => result.current.data?.pages.map(videoIds);
    await passing();
    await act(async () => {
      void result.current.fetchNextPage();
      await pass();
    });
    expect(pages()).toEqual([
      ["9", "7"],
      ["5", "3"],
    ]);

    for (const videoId of ["99", "8", "6", "4", "2", "0"]) service.put(videoId);
    service.put("3", "Changed");
    await passing();
    // What lies beyond the last page comes with its page.
    expect(pages()).toEqual([
      ["99", "9", "8", "7"],
      ["6", "5", "4", "3"],
    ]);
    expect(result.current.data?.pages[1]?.products.at(-1)?.title).toBe("Changed");

    for (let page = 0; page < 2; page++)
      await act(async () => {
        void result.current.fetchNextPage();
        await pass();
      });
    expect(result.current.data?.pages.flatMap((page) => page.products)).toEqual(service.table());
    expect(result.current.hasNextPage).toBe(false);
    service.put("00");
    await passing();
    expect(result.current.data?.pages.flatMap((page) => page.products)).toEqual(service.table());
  });
});
