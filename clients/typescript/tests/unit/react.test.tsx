import { act, cleanup, render, renderHook } from "@testing-library/react";
import { type ReactNode, useLayoutEffect } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, describe, expect, test } from "vitest";
import { createShopClient } from "../../src/index.js";
import { ShopClientProvider, useProduct, useShopProducts } from "../../src/react/index.js";
import { FakeSocket, HANDLE, service, URL_OF_SERVICE } from "./fake-service.js";
import { pass, videoIds } from "./support.js";

afterEach(cleanup);

function provider(pageSize = 20) {
  const client = createShopClient({ url: URL_OF_SERVICE, pageSize });
  return ({ children }: { children: ReactNode }) => (
    <ShopClientProvider client={client}>{children}</ShopClientProvider>
  );
}

const passing = (milliseconds?: number) => act(() => pass(milliseconds));

describe("useShopProducts", () => {
  test("subscribes once in StrictMode, and leaves when it is unmounted", async () => {
    service.put("1");
    const { result, unmount } = renderHook(() => useShopProducts(HANDLE), { wrapper: provider() });
    expect(result.current).toMatchObject({ status: "loading", products: [], hasMore: false });
    await passing();
    expect(result.current).toMatchObject({ status: "live", products: service.table() });
    expect(service.requests).toEqual(["subscribe seller_handle,snapshot"]);
    expect(FakeSocket.last.attempts).toHaveLength(1);
    unmount();
    await passing(5_000);
    expect(service.requests.at(-1)).toBe("unsubscribe");
  });

  test("shows changes, further pages and another seller's shop", async () => {
    for (const videoId of ["3", "2", "1"]) service.put(videoId);
    const { result, rerender } = renderHook(({ handle }) => useShopProducts(handle), {
      wrapper: provider(2),
      initialProps: { handle: HANDLE },
    });
    await passing();
    await act(async () => {
      void result.current.loadMore();
      service.put("4");
      await pass();
    });
    expect(videoIds(result.current)).toEqual(["4", "3", "2", "1"]);
    rerender({ handle: "amani" });
    expect(result.current.products).toEqual([]);
  });

  test("says for five seconds what is new, and never of what was loaded", async () => {
    for (const videoId of ["3", "2", "1"]) service.put(videoId);
    const seen: string[] = [];
    function useSeen() {
      const shop = useShopProducts(HANDLE);
      const shown = videoIds(shop).map((videoId) => `${videoId}${shop.isNew(videoId) ? "!" : ""}`);
      useLayoutEffect(() => void seen.push(shown.join()));
      return shop;
    }
    const { result } = renderHook(useSeen, { wrapper: provider(2) });
    const news = () => videoIds(result.current).filter(result.current.isNew);
    await passing();
    await act(async () => {
      void result.current.loadMore();
      await pass();
    });
    expect(news()).toEqual([]);

    service.put("4");
    service.put("1", "Changed");
    await passing(3_000);
    expect(news()).toEqual(["4"]);
    expect(seen).toContain("4!,3,2,1");
    expect(seen).not.toContain("4,3,2,1");

    service.put("5");
    await passing(1_900);
    expect(news()).toEqual(["5", "4"]);
    await passing(300);
    expect(news()).toEqual(["5"]);
    await passing(3_000);
    expect(news()).toEqual([]);
  });

  test("renders on a server as what is still loading", () => {
    const Provider = provider();
    function Status() {
      return <>{useShopProducts(HANDLE).status}</>;
    }
    expect(
      renderToString(
        <Provider>
          <Status />
        </Provider>,
      ),
    ).toBe("loading");
    expect(service.requests).toEqual([]);
  });
});

describe("useProduct", () => {
  function watching(videoId: string) {
    return renderHook(() => useProduct(HANDLE, videoId), { wrapper: provider(1) }).result;
  }

  test("shares the shop's subscription and shows changes", async () => {
    for (const videoId of ["2", "1"]) service.put(videoId);
    const result = watching("2");
    expect(result.current).toEqual({ product: null, status: "loading", error: null });
    await passing();
    service.put("2", "Changed");
    await passing();
    expect(result.current.product?.title).toBe("Changed");
    expect(service.requests).toEqual(["subscribe seller_handle,snapshot"]);
  });

  test("finds one beyond the first page, and follows it too", async () => {
    for (const videoId of ["2", "1"]) service.put(videoId);
    const result = watching("1");
    await passing();
    expect(result.current).toMatchObject({ status: "live", product: { video_id: "1" } });
    service.put("1", "Changed");
    await passing();
    expect(result.current.product?.title).toBe("Changed");
  });

  test("keeps it over a reload that does not reach it", async () => {
    for (const videoId of ["2", "1"]) service.put(videoId);
    const shown: unknown[] = [];
    renderHook(() => shown.push(useProduct(HANDLE, "1").product?.title), { wrapper: provider(1) });
    await passing();
    const { length } = shown;
    service.products.set("1", { ...service.put("1"), title: "Changed unannounced" });
    service.resync();
    await passing();
    expect(shown.slice(length)).not.toContain(undefined);
    expect(shown.at(-1)).toBe("Changed unannounced");
  });

  test("is null until the product is there, and then shows it", async () => {
    const result = watching("1");
    await passing();
    expect(result.current).toEqual({ product: null, status: "live", error: null });
    const put = service.put("1");
    await passing();
    expect(result.current.product).toEqual(put);
  });

  test("tells why it could not be loaded", async () => {
    service.put("2");
    service.restStatus = 503;
    const result = watching("1");
    await passing();
    expect(result.current).toMatchObject({ product: null, error: { code: "http_503" } });
  });
});

test("a hook without a provider says what is missing", () => {
  function Lost() {
    return useShopProducts(HANDLE).status;
  }
  expect(() => render(<Lost />)).toThrow("Put a <ShopClientProvider client={...}> around");
});
