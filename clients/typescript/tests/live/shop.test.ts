import { describe, expect, test as plainTest, vi } from "vitest";
import { createShopClient, type Shop } from "../../src/index.js";
import {
  type Door,
  freshHandle,
  stopService,
  Network,
  sendVideos,
  shows,
  startService,
  tokenOf,
} from "./stage.js";

interface Watching {
  readonly handle?: string;
  readonly blocked?: readonly Door[];
  readonly token?: string | null;
}

interface Watched {
  readonly handle: string;
  readonly network: Network;
  readonly shop: Shop;
}

/** Tests with `watch`: a shop that is watched, each over a network of its own, until the test ends. */
const test = plainTest.extend<{ watch: (watching?: Watching) => Promise<Watched> }>({
  watch: async ({}, use) => {
    const ends: (() => void)[] = [];
    await use(async ({ handle = freshHandle(), blocked = [], token = null } = {}) => {
      const network = await Network.open();
      network.blocked = blocked;
      const client = createShopClient({ url: network.url, pageSize: 2, token: () => token });
      const shop = client.shop(handle);
      ends.push(
        shop.subscribe(() => undefined),
        () => network.close(),
      );
      return { handle, network, shop };
    });
    for (const end of ends) end();
  },
});

function untilStatus(shop: Shop, status: string): Promise<void> {
  return vi.waitFor(() => expect(shop.getSnapshot().status).toBe(status), { timeout: 30_000 });
}

describe.concurrent("a shop", () => {
  test("shows what is there, page by page, and changes as they come", async ({ watch }) => {
    const { handle, shop } = await watch();
    await untilStatus(shop, "live");
    await sendVideos(handle, ["1", "3", "2"]);
    await shows(shop, handle, { 1: "Cup", 2: "Cup", 3: "Cup" });

    const { shop: later } = await watch({ handle });
    await untilStatus(later, "live");
    expect(later.getSnapshot()).toMatchObject({ hasMore: true, products: [{ video_id: "3" }, {}] });
    await sendVideos(handle, ["2", "1", "4"], "Plate");
    await later.loadMore();
    await shows(later, handle, { 1: "Plate", 2: "Plate", 3: "Cup", 4: "Plate" });
  });

  test("misses nothing when its connection is cut again and again", async ({ watch }) => {
    const { handle, network, shop } = await watch();
    await untilStatus(shop, "live");
    const expected: Record<string, string> = {};
    for (let round = 0; round < 8; round++) {
      const title = `Cup ${round}`;
      const videoIds = [`${round}`, `${Math.floor(round / 2)}`];
      await sendVideos(handle, [...new Set(videoIds)], title);
      for (const videoId of videoIds) expected[videoId] = title;
      network.cut();
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    await shows(shop, handle, expected);
    await untilStatus(shop, "live");
  });

  test.for<[door: string, status: string, blocked: Door[]]>([
    ["a stream", "live", ["sockets"]],
    ["polling", "polling", ["sockets", "streams"]],
  ])(
    "goes on by %s where sockets are blocked, and goes back to them when they work",
    async ([, status, blocked], { watch }) => {
      const { handle, network, shop } = await watch({ blocked });
      await sendVideos(handle, ["1"]);
      await shows(shop, handle, { 1: "Cup" });
      expect(shop.getSnapshot().status).toBe(status);
      await sendVideos(handle, ["1", "2"], "Plate");
      await shows(shop, handle, { 1: "Plate", 2: "Plate" });
      network.cut();
      await sendVideos(handle, ["2"], "Bowl");
      await shows(shop, handle, { 1: "Plate", 2: "Bowl" });

      network.blocked = ["streams"];
      network.cut();
      await untilStatus(shop, "live");
      await sendVideos(handle, ["2"], "Vase");
      await shows(shop, handle, { 1: "Plate", 2: "Vase" });
    },
  );

  test.for<[door: string, status: string, blocked: Door[]]>([
    ["sockets", "live", []],
    ["a stream", "live", ["sockets"]],
    ["polling", "polling", ["sockets", "streams"]],
  ])("is shown by %s to a token that names it alone", async ([, status, blocked], { watch }) => {
    const handle = freshHandle();
    await sendVideos(handle, ["1"]);
    const token = await tokenOf({ sellers: [handle] });
    const { shop } = await watch({ handle, blocked, token });
    const { shop: another } = await watch({ blocked, token });
    await shows(shop, handle, { 1: "Cup" });
    await untilStatus(shop, status);
    await untilStatus(another, "error");
    expect(another.getSnapshot().error?.message).toMatch("does not name this seller");
  });

  test("of a handle that is none is an error that says so", async ({ watch }) => {
    const { shop } = await watch({ handle: "no seller" });
    await untilStatus(shop, "error");
    expect(shop.getSnapshot().error).toMatchObject({ code: "invalid_seller_handle" });
  });
});

test("a shop is as the table after a restart during which products came", async ({ watch }) => {
  const { handle, shop } = await watch();
  await untilStatus(shop, "live");
  await stopService();
  await sendVideos(handle, ["1", "2"]);
  await untilStatus(shop, "reconnecting");
  await startService();
  await shows(shop, handle, { 1: "Cup", 2: "Cup" });
  await untilStatus(shop, "live");
});
