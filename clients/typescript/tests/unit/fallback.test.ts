import { describe, expect, test, vi } from "vitest";
import { createShopClient } from "../../src/index.js";
import { service, URL_OF_SERVICE } from "./fake-service.js";
import { openShop, pass, videoIds } from "./support.js";

/** A shop that is watched where no sockets get through. */
async function shopWithoutSockets(): Promise<ReturnType<typeof openShop>> {
  service.socketsBlocked = true;
  const shop = openShop();
  shop.subscribe(() => undefined);
  await pass(7_100);
  return shop;
}

describe("where sockets are blocked", () => {
  test("five seconds pass before another way is tried", async () => {
    service.socketsBlocked = true;
    service.put("1");
    const shop = openShop();
    shop.subscribe(() => undefined);
    await pass(4_900);
    expect(shop.getSnapshot().status).toBe("loading");
    expect(service.requests).toEqual([]);
    await pass(2_200);
    expect(service.requests).toEqual(["stream snapshot"]);
  });

  test("a stream brings the snapshot and what follows", async () => {
    service.put("1");
    const shop = await shopWithoutSockets();
    expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
    service.put("2");
    service.put("1", "Changed");
    await pass();
    expect(shop.getSnapshot().products).toEqual(service.table());
  });

  test("a stream that breaks goes on with what was missed", async () => {
    const shop = await shopWithoutSockets();
    service.cut();
    await pass(0);
    expect(shop.getSnapshot().status).toBe("reconnecting");
    service.put("1");
    await pass(2_100);
    expect(service.requests).toEqual(["stream snapshot", "stream since"]);
    expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
  });

  test("a stream is opened anew now and then: it does not tell silence from a dead connection", async () => {
    const shop = await shopWithoutSockets();
    for (const stream of service.streams) stream.joined = false;
    service.put("1");
    await pass(400_000);
    expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
  });

  test("a resync on a stream loads again", async () => {
    service.put("1");
    const shop = await shopWithoutSockets();
    service.products.delete("1");
    service.resync();
    await pass();
    expect(shop.getSnapshot()).toMatchObject({ status: "live", products: [] });
  });
});

test("a client has three streams at most, and its other shops poll", async () => {
  service.socketsBlocked = true;
  const client = createShopClient({ url: URL_OF_SERVICE });
  const shops = ["a", "b", "c", "d", "e"].map((handle) => client.shop(handle));
  const leave = shops.map((shop) => shop.subscribe(() => undefined));
  await pass(7_500);
  const statuses = () => shops.map((shop) => shop.getSnapshot().status).sort();
  expect(statuses()).toEqual(["live", "live", "live", "polling", "polling"]);
  expect(service.streams.size).toBe(3);

  const streamed = shops.findIndex((shop) => shop.getSnapshot().status === "live");
  leave[streamed]?.();
  await pass(90_000);
  expect(statuses()).toEqual(["live", "live", "live", "polling", "reconnecting"]);
  expect(service.streams.size).toBe(3);
});

describe.each([
  ["blocked", () => (service.streamsBlocked = true)],
  ["unknown to the browser", () => vi.stubGlobal("EventSource", undefined)],
])("where streams are %s too", (_, block) => {
  test("polling brings the first page and what changes", async () => {
    block();
    service.put("1");
    const shop = await shopWithoutSockets();
    expect(shop.getSnapshot()).toMatchObject({ status: "polling", products: service.table() });
    service.put("2");
    service.put("1", "Changed");
    await pass(6_500);
    expect(shop.getSnapshot()).toMatchObject({ status: "polling", products: service.table() });
  });
});

describe("polling", () => {
  test("asks for changes since the last answer, and again for the same while there are none", async () => {
    service.streamsBlocked = true;
    const shop = await shopWithoutSockets();
    service.put("1");
    await pass(50_000);
    const polls = service.requests.filter((request) => request !== "stream snapshot");
    expect(polls[0]).toMatch(/products limit$/);
    expect(new Set(polls.slice(1))).toEqual(
      new Set(["GET /assembly/api/v1/shop/home256/products since limit", "304"]),
    );
    expect(polls.filter((request) => request === "304").length).toBeGreaterThan(5);
    expect(shop.getSnapshot().products).toEqual(service.table());
  });

  test("reads all pages of what has changed", async () => {
    service.streamsBlocked = true;
    const shop = await shopWithoutSockets();
    for (let video = 100; video < 220; video++) service.put(`${video}`);
    await pass(7_000);
    expect(shop.getSnapshot().products).toEqual(service.table());
  });

  test("tries a stream again every minute or so", async () => {
    service.streamsBlocked = true;
    const shop = await shopWithoutSockets();
    service.streamsBlocked = false;
    await pass(90_000);
    expect(shop.getSnapshot().status).toBe("live");
    expect(service.streams.size).toBe(1);
  });

  test("goes on when the service is back", async () => {
    service.streamsBlocked = true;
    const shop = await shopWithoutSockets();
    service.down = true;
    await pass(30_000);
    expect(shop.getSnapshot()).toMatchObject({
      status: "reconnecting",
      error: { code: "unreachable" },
    });
    service.down = false;
    service.put("1");
    await pass(31_000);
    expect(shop.getSnapshot()).toMatchObject({
      status: "polling",
      products: service.table(),
      error: null,
    });
  });

  test("ends where the service refuses for good", async () => {
    service.streamsBlocked = true;
    service.restStatus = 400;
    const shop = await shopWithoutSockets();
    expect(shop.getSnapshot()).toMatchObject({
      status: "error",
      error: { code: "http_400", message: "It is refused." },
    });
    const { length } = service.requests;
    await pass(600_000);
    expect(service.requests).toHaveLength(length);
  });
});

describe("when sockets work again", () => {
  test.each([["streams"], ["polling"]])("they replace %s, and nothing is missed", async (way) => {
    service.streamsBlocked = way === "polling";
    service.put("1");
    const shop = await shopWithoutSockets();
    service.socketsBlocked = false;
    service.put("2");
    await pass(10_100);
    service.put("3");
    await pass();
    expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
    expect(service.streams.size).toBe(0);
    expect(service.requests.at(-1)).toBe("subscribe seller_handle,since");
    const { length } = service.requests;
    await pass(60_000);
    expect(service.requests).toHaveLength(length);
  });
});

test("a poll that is answered after sockets took over changes nothing about that", async () => {
  service.streamsBlocked = true;
  const shop = await shopWithoutSockets();
  service.latency = 20_000;
  await pass(8_000);
  service.socketsBlocked = false;
  await pass(60_000);
  expect(shop.getSnapshot().status).toBe("live");
});

test("where the network is back, it connects at once", async () => {
  service.down = true;
  const shop = openShop();
  shop.subscribe(() => undefined);
  await pass(60_000);
  service.down = false;
  service.put("1");
  window.dispatchEvent(new Event("online"));
  await pass(40);
  expect(videoIds(shop.getSnapshot())).toEqual(["1"]);
});

test("those whose sockets are blocked at the same moment do not open streams at the same moment", async () => {
  service.socketsBlocked = true;
  for (let client = 0; client < 60; client++) openShop().subscribe(() => undefined);
  await pass(5_500);
  expect(service.requests.length).toBeLessThan(30);
  await pass(1_600);
  expect(service.streams.size).toBe(60);
});

test("those whom a restart cut off return spread out, however long it took", async () => {
  const clients = 60;
  for (let client = 0; client < clients; client++) openShop().subscribe(() => undefined);
  await pass();
  const sockets = [...service.sockets];
  service.down = true;
  service.cut();
  await pass(30_000);
  const began = Date.now();
  service.down = false;
  await pass(10_100);
  expect(service.sockets.size).toBe(clients);
  const inEachSecond = new Map<number, number>();
  for (const { attempts } of sockets) {
    const second = Math.floor(((attempts.at(-1) ?? 0) - began) / 1_000);
    inEachSecond.set(second, (inEachSecond.get(second) ?? 0) + 1);
  }
  expect(Math.max(...inEachSecond.values())).toBeLessThan(clients / 3);
});
