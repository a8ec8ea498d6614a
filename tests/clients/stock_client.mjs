// A stock Socket.IO client, driven by lines of JSON: commands come in, what happens goes out.
//
//   node stock_client.mjs URL TRANSPORT[,TRANSPORT] [AUTH]
//
// Commands: {"emit": EVENT, "arguments": [...], "acknowledge": true|false}, {"cut": true} (the
// connection breaks; the client reconnects by itself), {"auth": AUTH} (what it connects with from
// now on). It ends with its input.
import readline from "node:readline";
import { io } from "socket.io-client";

const [url, transports, auth = "{}"] = process.argv.slice(2);
const socket = io(url, {
  transports: transports.split(","),
  reconnectionDelay: 50,
  auth: JSON.parse(auth),
  // Cookies are kept, as in a browser.
  withCredentials: true,
});

const tell = (event, ...values) => process.stdout.write(JSON.stringify([event, ...values]) + "\n");

socket.on("connect", () => tell("connect", { id: socket.id }));
socket.on("connect_error", (error) => tell("connect_error", { message: error.message, data: error.data }));
socket.on("disconnect", (reason) => tell("disconnect", { reason }));
socket.io.engine.on("upgrade", (transport) => tell("upgrade", { transport: transport.name }));
socket.onAny((event, ...values) => tell(event, ...values));

for await (const line of readline.createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  if (command.cut) socket.io.engine.close();
  else if (command.auth) socket.auth = command.auth;
  else if (command.acknowledge)
    socket.emit(command.emit, ...command.arguments, (answer) => tell("acknowledged", answer));
  else socket.emit(command.emit, ...command.arguments);
}
socket.disconnect();
