// Many clients of one shop in one process, driven by lines of JSON; each is answered by a line.
//
//   node clients.mjs SERVICE_URL SELLER COUNT KIND
//
// KIND: `package` is this package, `readme` the stock socket.io-client as in the service's README,
// `plain` the same without `since`, `snapshot` and `resync`, `websocket` as `readme` without polling.
//
// Commands: {"cut": true|false} (each connection breaks 4 to 8 s after it was opened, or no more),
// {"report": true}. Times in reports are milliseconds since 1970; absences are their ends and lengths.
import { createConnection, createServer } from "node:net";
import readline from "node:readline";
import { io } from "socket.io-client";
import { createShopClient } from "../../dist/index.js";
import { ShopStore } from "../../dist/shop.js";

const [serviceUrl, seller, count, kind] = process.argv.slice(2);
const port = Number(new URL(serviceUrl).port);
let cutting = false;
let resyncs = 0;

/** Connections go through here, so that they can be cut, whatever client has opened them. */
const attempts = [];
const network = createServer((near) => {
  attempts.push(Date.now());
  const far = createConnection(port, "127.0.0.1");
  const end = () => (near.destroy(), far.destroy());
  for (const connection of [near, far]) connection.on("error", end).on("close", end);
  near.pipe(far).pipe(near);
  setTimeout(() => cutting && end(), 4000 + Math.random() * 4000).unref();
});
await new Promise((resolve) => network.listen(0, "127.0.0.1", 1024, resolve));
const url = `http://127.0.0.1:${network.address().port}`;

/** One client: what it holds, by video, and since when it is up to date as far as it knows. */
class Client {
  held = new Map();
  liveSince = null;
  absences = [];
  #leftAt = null;

  setLive(live) {
    if (live === (this.liveSince !== null)) return;
    const now = Date.now();
    if (live && this.#leftAt !== null) this.absences.push([now, now - this.#leftAt]);
    this.liveSince = live ? now : null;
    this.#leftAt = live ? null : now;
  }

  take({ video_id, updated_at }) {
    if (!(this.held.get(video_id) >= updated_at)) this.held.set(video_id, updated_at);
  }
}

/** The package tells nobody that it was asked to load again. */
const { resync } = ShopStore.prototype;
ShopStore.prototype.resync = function () {
  resyncs += 1;
  resync.call(this);
};

function packageClient() {
  const client = new Client();
  const shop = createShopClient({ url, pageSize: 50 }).shop(seller);
  shop.subscribe(() => {
    const { products, status } = shop.getSnapshot();
    client.setLive(status === "live" || status === "polling");
    client.held = new Map(products.map((each) => [each.video_id, each.updated_at]));
  });
  return client;
}

function stockClient(goesOn, options) {
  const client = new Client();
  let since;
  let loading = 0;
  const socket = io(`${url}/products`, { forceNew: true, ...options });
  socket.on("connect", () =>
    socket.emit("subscribe_to_seller", {
      seller_handle: seller,
      ...(goesOn && { since, snapshot: 20 }),
    }),
  );
  socket.on("disconnect", () => client.setLive(false));
  socket.on("subscribed", ({ timestamp, snapshot }) => {
    snapshot?.products.forEach((product) => client.take(product));
    if (goesOn && !loading) since = timestamp;
    client.setLive(true);
  });
  socket.on("new_product", ({ product }) => client.take(product));
  socket.on("product_updated", ({ product }) => client.take(product));
  socket.on("resync", async () => {
    resyncs += 1;
    if (!goesOn) return;
    loading += 1;
    const { products, timestamp } = await load();
    products.forEach((product) => client.take(product));
    since = timestamp;
    loading -= 1;
  });
  return client;
}

/** Everything in the shop. An instance that stops closes its connections: ask again. */
async function load() {
  for (;;) {
    try {
      return await loadOnce();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function loadOnce() {
  const products = [];
  let timestamp;
  for (let lastKey = ""; lastKey !== null;) {
    const query = lastKey && `&lastKey=${encodeURIComponent(lastKey)}`;
    const shop = `${serviceUrl}/api/v1/shop/${seller}/products?limit=50${query}`;
    const { products: page, pagination, metadata } = await (await fetch(shop)).json();
    products.push(...page);
    timestamp = metadata.timestamp;
    lastKey = pagination.lastEvaluatedKey;
  }
  return { products, timestamp };
}

const make = {
  package: packageClient,
  readme: () => stockClient(true),
  plain: () => stockClient(false),
  websocket: () => stockClient(true, { transports: ["websocket"] }),
}[kind];
const clients = Array.from({ length: Number(count) }, make);

async function report() {
  const { products } = await load();
  const lacks = (client) =>
    products.filter((each) => !(client.held.get(each.video_id) >= each.updated_at)).length;
  return {
    liveSince: clients.flatMap(({ liveSince }) => liveSince ?? []),
    absences: clients.flatMap(({ absences }) => absences),
    attempts,
    resyncs,
    products: products.length,
    missed: clients.reduce((sum, client) => sum + lacks(client), 0),
  };
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if ("cut" in command) cutting = command.cut;
  console.log(JSON.stringify(command.report ? await report() : {}));
}
process.exit(0);
