import { describe, expect, test, vi } from "vitest";
import { FakeSocket, now, product, service } from "./fake-service.js";
import { openShop, pass, videoIds, watchedShop } from "./support.js";

describe("the first load", () => {
  test("is one subscription with a snapshot, newest videos first", async () => {
    for (const videoId of ["3", "1", "2"]) service.put(videoId);
    const shop = openShop(2);
    expect(shop.getSnapshot().status).toBe("loading");

    shop.subscribe(() => undefined);
    await pass();

    expect(shop.getSnapshot()).toMatchObject({ status: "live", error: null, hasMore: true });
    expect(shop.getSnapshot().lastSyncedAt).toBeLessThanOrEqual(Date.now());
    expect(videoIds(shop.getSnapshot())).toEqual(["3", "2"]);
    expect(service.requests).toEqual(["subscribe seller_handle,snapshot"]);
  });

  test("asks below the path at which the service is served", async () => {
    const shop = await watchedShop();
    void shop.refresh();
    await pass();
    expect(FakeSocket.last.url).toBe("http://shop.test/products");
    expect(FakeSocket.last.options).toMatchObject({ path: "/assembly/socket.io" });
    expect(service.requests).toContain("GET /assembly/api/v1/shop/home256/products limit");
  });

  test("is a list call where an instance knows no snapshots yet", async () => {
    service.put("1");
    service.knowsSnapshots = false;
    const shop = await watchedShop();
    expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
    service.cut();
    service.put("2");
    await pass(2_100);
    expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
    expect(service.requests.at(-1)).toBe("subscribe seller_handle,since");
  });

  test("shows what arrives before the snapshot does", async () => {
    const shop = openShop();
    shop.subscribe(() => undefined);
    await pass(25);
    service.put("5");
    await pass();
    expect(videoIds(shop.getSnapshot())).toEqual(["5"]);
  });
});

describe("a change", () => {
  test("stands where the list has it, once", async () => {
    for (const videoId of ["3", "1"]) service.put(videoId);
    const shop = await watchedShop();
    service.put("2");
    service.put("4");
    service.put("2", "Larger cup");
    await pass();
    expect(videoIds(shop.getSnapshot())).toEqual(["4", "3", "2", "1"]);
    expect(shop.getSnapshot().products[2]?.title).toBe("Larger cup");
  });

  test("that is not newer is ignored, and nobody is told", async () => {
    const first = service.put("1");
    const shop = await watchedShop();
    const listener = vi.fn();
    shop.subscribe(listener);
    const older = product("1", "Old", "2026-01-01T00:00:00.000Z");
    for (const each of [older, { ...first, title: "Same" }])
      FakeSocket.last.receive("product_updated", {
        event_type: "product_updated",
        product: each,
        timestamp: now(),
      });
    await pass();
    expect(shop.getSnapshot().products).toEqual([first]);
    expect(listener).not.toHaveBeenCalled();
  });

  test("beyond the last page waits for its page", async () => {
    for (const videoId of ["6", "5", "3", "1"]) service.put(videoId);
    const shop = await watchedShop(2);
    service.put("2");
    service.put("1", "Changed");
    await pass();
    expect(videoIds(shop.getSnapshot())).toEqual(["6", "5"]);

    void shop.loadMore();
    await pass();
    expect(videoIds(shop.getSnapshot())).toEqual(["6", "5", "3", "2"]);
    void shop.loadMore();
    await pass();
    expect(shop.getSnapshot()).toMatchObject({ products: service.table(), hasMore: false });
  });

  test("of a page that is on its way is not lost", async () => {
    for (const videoId of ["3", "2", "1"]) service.put(videoId);
    const shop = await watchedShop(2);
    void shop.loadMore();
    // After the page was read, before it is there.
    await pass(15);
    service.put("1", "Changed");
    await pass();
    expect(shop.getSnapshot().products).toEqual(service.table());
  });
});

describe("after an interruption", () => {
  test("what was missed is sent, and nothing is loaded again", async () => {
    service.put("1");
    const shop = await watchedShop();
    await pass(60_000);
    service.cut();
    expect(shop.getSnapshot().status).toBe("reconnecting");
    service.put("1", "Changed");
    service.put("2");
    await pass(2_100);
    expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
    expect(service.requests).toEqual([
      "subscribe seller_handle,snapshot",
      "subscribe seller_handle,since",
    ]);
  });

  test("everything missed is shown at once", async () => {
    const shop = await watchedShop();
    service.cut();
    for (let video = 0; video < 50; video++) service.put(`${video}`);
    const listener = vi.fn();
    shop.subscribe(listener);
    await pass(2_100);
    expect(shop.getSnapshot().products).toHaveLength(50);
    expect(listener).toHaveBeenCalledOnce();
  });

  test("too much missed is loaded again, down to where the list had been loaded", async () => {
    for (let video = 100; video < 300; video++) service.put(`${video}`);
    const shop = await watchedShop(10);
    for (let page = 0; page < 6; page++) {
      void shop.loadMore();
      await pass();
    }
    expect(shop.getSnapshot().products).toHaveLength(70);
    service.mostReplayed = 1;
    service.cut();
    for (let video = 110; video < 290; video++) service.put(`${video}`, "Changed");
    service.products.delete("295");
    await pass(2_500);
    const held = shop.getSnapshot();
    expect(held.products).toEqual(service.table().slice(0, held.products.length));
    expect(held.products.length).toBeGreaterThanOrEqual(69);
    expect(held.hasMore).toBe(true);
  });

  test("what is pushed while the list is loaded again stays", async () => {
    service.put("1");
    const shop = await watchedShop();
    service.latency = 100;
    service.resync();
    // After the page was read, before it is there.
    await pass(150);
    service.put("2");
    await pass(200);
    expect(shop.getSnapshot().products).toEqual(service.table());
  });

  test("a page that comes later than a reload that went further takes nothing away", async () => {
    for (let video = 100; video < 250; video++) service.put(`${video}`);
    const shop = await watchedShop(10);
    for (let page = 0; page < 5; page++) {
      void shop.loadMore();
      await pass();
    }
    service.latency = 500;
    void shop.loadMore();
    await pass();
    service.latency = 10;
    service.resync();
    await pass();
    expect(shop.getSnapshot().products).toHaveLength(100);
    await pass(1_000);
    expect(shop.getSnapshot().products).toHaveLength(100);
    void shop.loadMore();
    await pass();
    expect(shop.getSnapshot().products).toEqual(service.table().slice(0, 110));
  });

  test("a resync whose load fails is made good before the mark moves on", async () => {
    service.put("1");
    const shop = await watchedShop();
    service.restStatus = 503;
    service.products.set("1", product("1", "Never announced"));
    service.resync();
    await pass(30);
    service.cut();
    await pass(3_000);
    expect(shop.getSnapshot().error).toMatchObject({ code: "http_503", isFinal: false });
    service.restStatus = 200;
    await pass(11_000);
    expect(shop.getSnapshot()).toMatchObject({ products: service.table(), error: null });
  });

  test("of a silent connection it connects anew", async () => {
    const shop = await watchedShop();
    FakeSocket.last.mute = true;
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    await pass(31_000);
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    FakeSocket.last.joined = false;
    service.put("1");
    await pass(32_200);
    expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
  });
});

describe("users", () => {
  test("share one subscription", async () => {
    const shop = openShop();
    for (let user = 0; user < 3; user++) shop.subscribe(() => undefined);
    await pass();
    expect(service.requests).toEqual(["subscribe seller_handle,snapshot"]);
  });

  test("that leave and come back at once are not noticed", async () => {
    const shop = openShop();
    shop.subscribe(() => undefined)();
    shop.subscribe(() => undefined);
    await pass(10_000);
    expect(service.requests).toEqual(["subscribe seller_handle,snapshot"]);
    expect(FakeSocket.last.attempts).toHaveLength(1);
  });

  test("that all left end the subscription after a while, and the connection with the last", async () => {
    const shop = await watchedShop();
    shop.unsubscribe();
    await pass(2_900);
    expect(service.requests).not.toContain("unsubscribe");
    await pass(200);
    expect(service.requests).toContain("unsubscribe");
    expect(FakeSocket.last.connected).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that come back later are shown what there was, and then what changed", async () => {
    service.put("1");
    const shop = await watchedShop();
    shop.unsubscribe();
    await pass(10_000);
    service.put("2");
    shop.subscribe(() => undefined);
    expect(videoIds(shop.getSnapshot())).toEqual(["1"]);
    expect(shop.getSnapshot().status).toBe("reconnecting");
    await pass();
    expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
    expect(service.requests.at(-1)).toBe("subscribe seller_handle,since");
  });
});

describe("a refusal", () => {
  test("for good is an error until it is refreshed", async () => {
    service.refusal = {
      code: "invalid_seller_handle",
      message: "There is none.",
      timestamp: now(),
    };
    const shop = await watchedShop();
    expect(shop.getSnapshot()).toMatchObject({
      status: "error",
      error: { code: "invalid_seller_handle", message: "There is none." },
    });
    await pass(60_000);
    expect(service.requests).toHaveLength(1);

    service.refusal = undefined;
    service.put("1");
    void shop.refresh();
    await pass();
    expect(shop.getSnapshot()).toMatchObject({ status: "live", error: null });
    service.put("2");
    await pass();
    expect(shop.getSnapshot().products).toEqual(service.table());
  });

  test("for now is tried again, not earlier than the service says", async () => {
    const timestamp = now();
    service.refusal = { code: "too_many_requests", message: "Wait.", timestamp, retry_after: 30 };
    const shop = await watchedShop();
    expect(shop.getSnapshot()).toMatchObject({ status: "loading", error: { retryAfter: 30 } });
    await pass(29_000);
    expect(service.requests).toHaveLength(1);
    service.refusal = undefined;
    await pass(2_000);
    expect(shop.getSnapshot()).toMatchObject({ status: "live", error: null });
  });
});

test("a page that cannot be loaded is an error beside what is shown", async () => {
  for (const videoId of ["2", "1"]) service.put(videoId);
  const shop = await watchedShop(1);
  service.restStatus = 503;
  void shop.loadMore();
  await pass();
  expect(shop.getSnapshot()).toMatchObject({ status: "live", error: { code: "http_503" } });
  service.restStatus = 200;
  void shop.loadMore();
  await pass();
  expect(shop.getSnapshot()).toMatchObject({ error: null, products: service.table() });
});

test("a page asked for twice is loaded once", async () => {
  for (const videoId of ["3", "2", "1"]) service.put(videoId);
  const shop = await watchedShop(1);
  void shop.loadMore();
  void shop.loadMore();
  await pass();
  expect(videoIds(shop.getSnapshot())).toEqual(["3", "2"]);
});
