// Runs `follow` of the guide against a service that answers as the case says.
//
//   node readers_guide.mjs GUIDE CASE
//
// Prints what the page did, as JSON. No time passes: waits are noted, and end at once.
import { readFileSync } from "node:fs";

const [, , guide, name] = process.argv;
const blocks = readFileSync(guide, "utf8").split("```js\n").slice(1);
const example = blocks.map((each) => each.split("```")[0]).find((each) => each.includes("follow("));

const did = { asked: 0, waits: [], urls: [], signIns: [] };
const json = (status) => new Response(JSON.stringify({ ticket: "t" }), { status });
const answers = {
  refused: () => json(401),
  forbidden: () => json(403),
  down: () => json(503),
  lost: () => Promise.reject(new TypeError("fetch failed")),
  closed: () => json(200),
};

globalThis.fetch = async () => (did.asked++, answers[name]());
globalThis.EventSource = class {
  static CLOSED = 2;
  readyState = 2;
  constructor(url) {
    did.urls.push(url);
    setImmediate(() => this.onerror());
  }
  addEventListener(event, listener) {
    if (event === "subscribed") listener({ lastEventId: `mark-${did.urls.length}` });
  }
};
globalThis.setTimeout = (call, wait, ...rest) => {
  did.waits.push(wait);
  if (did.waits.length < 5) setImmediate(() => call(...rest));
};

const follow = new Function(
  "freshToken",
  "askToSignIn",
  "show",
  "loadAgain",
  `${example}; return follow;`,
)(
  async () => "token",
  (status) => did.signIns.push(status),
  () => undefined,
  () => undefined,
);
await follow("amani");
process.on("exit", () => process.stdout.write(JSON.stringify(did)));
