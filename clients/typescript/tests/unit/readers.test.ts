import { expect, test, vi } from "vitest";
import { createShopClient, type AskForToken, type Shop } from "../../src/index.js";
import { FakeSocket, HANDLE, service, URL_OF_SERVICE } from "./fake-service.js";
import { pass } from "./support.js";

/** A shop that is watched by the owner of tokens. */
function watched(token?: AskForToken): Shop {
  const shop = createShopClient({ url: URL_OF_SERVICE, ...(token && { token }) }).shop(HANDLE);
  shop.subscribe(() => undefined);
  return shop;
}

/** Returns the first of these tokens that is not the refused one. */
function oneOf(...tokens: string[]) {
  return vi.fn<AskForToken>(({ refused }) => tokens.find((token) => token !== refused) ?? null);
}

function asked(token: ReturnType<typeof oneOf>): (string | null)[] {
  return token.mock.calls.map(([{ refused }]) => refused);
}

test("sockets connect with the token, and once more with another one if it is refused", async () => {
  service.tokens = new Set(["new"]);
  service.put("1");
  const token = oneOf("old", "new");
  const shop = watched(token);
  await pass();
  expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
  expect(asked(token)).toEqual([null, "old"]);
  expect(service.requests.slice(0, 2)).toEqual(["connect old", "connect new"]);
});

test("a token that expires is replaced, and nothing is missed", async () => {
  service.tokens = new Set(["first", "second"]);
  const token = oneOf("first", "second");
  const shop = watched(token);
  await pass();
  service.expire("first");
  service.put("1");
  await pass(2_100);
  expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
  expect(asked(token)).toEqual([null, "first"]);
  expect(service.requests.at(-1)).toBe("subscribe seller_handle,since");
});

test("a list call is repeated once with another token", async () => {
  service.tokens = new Set(["new"]);
  service.socketsBlocked = service.streamsBlocked = true;
  service.put("1");
  const shop = watched(oneOf("old", "new"));
  await pass(7_200);
  expect(shop.getSnapshot()).toMatchObject({ status: "polling", products: service.table() });
});

test("a stream is opened with a ticket, each with another one", async () => {
  service.tokens = new Set(["good"]);
  service.socketsBlocked = true;
  const shop = watched(() => "good");
  await pass(7_200);
  service.put("1");
  service.cut();
  await pass(2_200);
  expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
  const ticket = `POST /assembly/api/v1/shop/${HANDLE}/events/ticket`;
  expect(service.requests).toEqual([
    ticket,
    "stream snapshot,ticket",
    ticket,
    "stream since,ticket",
  ]);
});

test("where the service asks for no tokens, a stream needs no ticket", async () => {
  service.socketsBlocked = true;
  const shop = watched(() => "any");
  await pass(7_200);
  expect(shop.getSnapshot().status).toBe("live");
  expect(service.requests.at(-1)).toBe("stream snapshot");
});

test("without a good token the shop says what the service says, until somebody signs in", async () => {
  service.tokens = new Set(["good"]);
  service.put("1");
  let signedIn: string | null = null;
  const shop = watched(() => signedIn);
  await pass(2_200);
  expect(shop.getSnapshot()).toMatchObject({
    status: "error",
    error: { code: "http_401", message: "Send a token.", isFinal: true },
  });
  const { length } = service.requests;
  await pass(40_000);
  expect(service.requests).toHaveLength(length);

  signedIn = "good";
  void shop.refresh();
  await pass();
  expect(shop.getSnapshot()).toMatchObject({ status: "live", products: service.table() });
});

test("a seller that the token does not name is an error that stays", async () => {
  service.refusal = { code: "seller_not_allowed", message: "It is not named.", timestamp: "" };
  const shop = watched(() => "good");
  await pass();
  expect(shop.getSnapshot()).toMatchObject({
    status: "error",
    error: { code: "seller_not_allowed", isFinal: true },
  });
});

test("an app that cannot get a token is asked again", async () => {
  service.tokens = new Set(["good"]);
  let works = false;
  const shop = watched(async () => {
    if (!works) throw new Error("the login is down");
    return "good";
  });
  await pass(20_000);
  expect(shop.getSnapshot()).toMatchObject({ status: "loading", error: { code: "no_token" } });
  works = true;
  await pass(31_000);
  expect(shop.getSnapshot().status).toBe("live");
});

test("a token that no header can hold is an error that stays, not a lost connection", async () => {
  service.tokens = new Set(["good"]);
  const shop = watched(() => "tok\u2026en");
  await pass(2_200);
  expect(shop.getSnapshot()).toMatchObject({
    status: "error",
    error: { code: "unsendable_token", isFinal: true },
  });
  expect(service.requests.filter((each) => each.startsWith("GET"))).toEqual([]);
});

test("instead of a token that no header can hold another one is asked for", async () => {
  service.tokens = new Set(["good"]);
  service.socketsBlocked = service.streamsBlocked = true;
  service.put("1");
  const shop = watched(oneOf("tok\u2026en", "good"));
  await pass(7_200);
  expect(shop.getSnapshot()).toMatchObject({ status: "polling", products: service.table() });
});

test("a token that comes late is not sent over the next connection", async () => {
  let give: (token: string) => void = () => undefined;
  watched(() => new Promise((resolve) => (give = resolve)));
  await pass(0);
  const { io, options } = FakeSocket.last;
  const send = vi.fn();
  options.auth(send);
  await pass(0);
  io.engine = {};
  give("late");
  await pass(0);
  expect(send).not.toHaveBeenCalled();
});
