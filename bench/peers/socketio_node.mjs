// A peer: the same events over Socket.IO's own server on Node, as it comes.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { Server } from "socket.io";

const http = createServer();
const products = new Server(http).of("/products");

products.on("connection", (socket) => {
  socket.on("subscribe_to_seller", (wanted) => {
    socket.join(wanted.seller_handle);
    socket.emit("subscribed", wanted);
  });
});

function say(answer) {
  process.stdout.write(JSON.stringify(answer) + "\n");
}

await new Promise((listening) => http.listen(0, "127.0.0.1", 1024, listening));
say({ port: http.address().port });

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const announcedAt = [];
  for (let number = 0; number < request.count; number += 1) {
    announcedAt.push(Number(process.hrtime.bigint()));
    products.to(request.seller).emit("new_product", request.payload);
    await pause(request.pause * 1000);
  }
  say({ announced_at: announcedAt });
}
process.exit();
