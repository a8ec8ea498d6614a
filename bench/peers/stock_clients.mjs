// Stock Socket.IO clients that connect one at a time: by polling first, then by an upgrade.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const { version } = createRequire(import.meta.url)("socket.io-client/package.json");
const AWAY_MILLISECONDS = 30_000;
const connected = [];

async function connect({ port, seller }) {
  const socket = io(`http://127.0.0.1:${port}/products`, { forceNew: true, reconnection: false });
  // A seller of its own, so that no read is shared.
  const seller_handle = `${seller}-${connected.push(socket)}`;
  const since = new Date(Date.now() - AWAY_MILLISECONDS).toISOString();
  socket.on("connect", () => {
    socket.emit("subscribe_to_seller", { seller_handle, since });
  });
  await new Promise((done, failed) => {
    socket.on("connect_error", failed);
    socket.on("error", ({ message }) => failed(new Error(message)));
    Promise.all([
      new Promise((upgraded) => socket.io.engine.once("upgrade", upgraded)),
      new Promise((subscribed) => socket.once("subscribed", subscribed)),
    ]).then(done);
  });
}

function say(answer) {
  process.stdout.write(JSON.stringify(answer) + "\n");
}

say({ version: `socket.io-client ${version}` });

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  for (let number = 0; number < request.count; number += 1) await connect(request);
  say({});
}
process.exit();
