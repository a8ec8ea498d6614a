// A peer: the same events over Socket.IO's own server on Node, as it comes.
//
//   node socketio_node.mjs [deflate]
//
// With `deflate` it accepts compression, which is off as it comes.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Server } from "socket.io";

const http = createServer();
const options = { perMessageDeflate: process.argv.includes("deflate") };
const products = new Server(http, options).of("/products");
const { version } = createRequire(import.meta.url)("socket.io/package.json");
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");
let payloads = [];
let announced = 0;

products.on("connection", (socket) => {
  socket.on("subscribe_to_seller", (wanted) => {
    socket.join(wanted.seller_handle);
    socket.emit("subscribed", wanted);
  });
});

const acts = {
  prepare(request) {
    payloads = request.payloads;
  },
  async announce(request) {
    const announcedAt = [];
    for (let number = 0; number < request.count; number += 1) {
      announcedAt.push(Number(process.hrtime.bigint()));
      products.to(request.seller).emit("new_product", payloads[announced % payloads.length]);
      announced += 1;
      await pause(request.pause * 1000);
    }
    return { announced_at: announcedAt };
  },
  collect() {
    collectGarbage();
  },
};

function say(answer) {
  process.stdout.write(JSON.stringify(answer) + "\n");
}

await new Promise((listening) => http.listen(0, "127.0.0.1", 1024, listening));
say({ port: http.address().port, version: `socket.io ${version} on Node ${process.version}` });

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  say((await acts[request.act](request)) ?? {});
}
process.exit();
