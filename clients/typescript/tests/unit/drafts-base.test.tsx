import { act, cleanup, renderHook } from "@testing-library/react";
import { type ReactNode, useEffect } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  createDraftClient,
  type DraftClient,
  DraftClientProvider,
  type DraftError,
  type DraftStorage,
  KeptDraft,
  useDraftPersistence,
  useExpirationTimer,
  useKeepsText,
  useProductOrchestrator,
  useUnsavedChanges,
} from "../../src/drafts/index.js";
import { Observable } from "../../src/drafts/observable.js";
import { connectionLost, type FakeDrafts, held, installFakeDrafts, json, PRODUCT, SERVICE } from "./fake-drafts.js";
import { pass } from "./support.js";

const HOUR_MS = 3_600_000;

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

class MapStorage extends Map<string, string> implements DraftStorage {
  readonly getItem = (key: string) => this.get(key) ?? null;
  readonly setItem = (key: string, value: string) => void this.set(key, value);
  readonly removeItem = (key: string) => void this.delete(key);
}

const FULL: DraftStorage = {
  getItem: () => connectionLost(),
  setItem: () => connectionLost(),
  removeItem: () => connectionLost(),
};

describe("a call", () => {
  let service: FakeDrafts;
  let tokens: string[];
  let asked: (string | null)[];

  beforeEach(() => {
    service = installFakeDrafts();
    tokens = ["new", "newer"];
    asked = [];
  });

  function open(current: string | null = "old"): DraftClient {
    let latest = current;
    const token = ({ refused }: { refused: string | null }) => {
      asked.push(refused);
      if (refused !== null && refused === latest) latest = tokens.shift() ?? null;
      return latest;
    };
    return createDraftClient({ url: `${SERVICE}/`, token, storage: null });
  }

  const refusing = (token: string) =>
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
      const isRefused = new Headers(init.headers).get("Authorization") === `Bearer ${token}`;
      return isRefused ? json(401, { message: "Unauthorized" }) : service.fetch(url, init);
    });

  async function failure(call: Promise<unknown>): Promise<DraftError> {
    const failed = call.then(
      () => expect.unreachable(),
      (error: DraftError) => error,
    );
    await pass();
    return failed;
  }

  test("is made again once with another token, and with none but the newest later", async () => {
    refusing("old");
    const client = open();
    const created = client.call("POST", "/private/products/orchestrate/session/create", { body: {} });
    await pass();
    expect(await created).toMatchObject({ status: 201, body: { state: "initiated" } });
    expect(service.tokens).toEqual(["Bearer new"]);
    const listed = client.call("GET", "/private/products");
    await pass();
    await listed;
    expect(service.tokens.at(-1)).toBe("Bearer new");
    expect(asked).toEqual([null, "old", null]);
  });

  test("with a second refused token fails, and is not made a third time", async () => {
    service.once("/private/products", ...Array.from({ length: 3 }, () => () => json(401, {})));
    const error = await failure(open().call("GET", "/private/products"));
    expect(error).toMatchObject({ status: 401, code: "http_401", isTransient: false });
    expect(service.tokens).toEqual(["Bearer old", "Bearer new"]);
  });

  test("of somebody who has no other token is not made again", async () => {
    service.once("/private/products", () => json(401, { message: "Unauthorized" }));
    expect(await failure(open(null).call("GET", "/private/products"))).toMatchObject({
      message: "Unauthorized",
    });
    expect(service.tokens).toEqual([null]);
  });

  test("shares the question for a token with others at the same time", async () => {
    const waiting = held(() => json(200, {}));
    const token = vi.fn(async () => {
      await waiting.respond();
      return "token";
    });
    const client = createDraftClient({ url: SERVICE, token, storage: null });
    const calls = [1, 2, 3].map(() => client.call("GET", "/private/products"));
    waiting.release();
    await pass();
    await Promise.all(calls);
    expect(token).toHaveBeenCalledTimes(1);
    expect(service.tokens).toEqual(Array(3).fill("Bearer token"));
  });

  test("names the version that it changes, and gives the one that it made", async () => {
    const changed = vi.fn((_: string, init: RequestInit) =>
      json(200, {}, { ETag: `after ${new Headers(init.headers).get("If-Match")}` }),
    );
    vi.stubGlobal("fetch", changed);
    const answer = await open().call("PATCH", "/private/products/1", { body: {}, ifMatch: '"1"' });
    expect(answer.tag).toBe('after "1"');
    expect(changed).toHaveBeenCalledWith(`${SERVICE}/private/products/1`, expect.anything());
  });

  test.for([
    ["its errors by field", { message: "No", errors: ["a is b"], fields: { a: "a is b" } }, ["a is b"]],
    ["its errors in details", { error: "No", details: { errors: { a: "a is b" } } }, ["a is b"]],
    ["one sentence", { detail: "No" }, []],
  ] as const)("that is refused with %s says so in one form", async ([, body, errors]) => {
    service.once("/private/products", () => json(422, body, { "Retry-After": "7" }));
    const error = await failure(open().call("GET", "/private/products"));
    expect(error).toMatchObject({ status: 422, message: "No", errors, retryAfter: 7, body });
    expect(error.fields).toEqual(errors.length ? { a: "a is b" } : {});
  });

  test.for([
    ["that cannot be sent", connectionLost, "The service cannot be reached."],
    ["whose answer breaks off", () => new Response("{"), "The service's answer broke off."],
  ] as const)("%s may succeed later", async ([, respond, message]) => {
    service.once("/private/products", respond);
    const error = await failure(open().call("GET", "/private/products"));
    expect(error).toMatchObject({ status: null, code: "unreachable", message, isTransient: true });
  });

  test("that is cancelled before it is answered ends as its signal says", async () => {
    const leaving = new AbortController();
    const ended = failure(open().call("GET", "/private/products", { signal: leaving.signal }));
    leaving.abort();
    expect((await ended).name).toBe("AbortError");
  });

  test("that is cancelled in the middle of the answer ends as its signal says", async () => {
    const leaving = new AbortController();
    const breakingOff = new Response(new ReadableStream({ start: (body) => body.error(new Error()) }));
    service.once("/private/products", () => {
      leaving.abort();
      return breakingOff;
    });
    const error = await failure(open().call("GET", "/private/products", { signal: leaving.signal }));
    expect(error.name).toBe("AbortError");
  });
});

describe("what was typed", () => {
  test("is kept for a day, and not a moment longer", async () => {
    const storage = new MapStorage();
    new KeptDraft(storage, "form").write({ title: "Cup" });
    await pass(24 * HOUR_MS - 1);
    expect(new KeptDraft(storage, "form").read()).toEqual({ title: "Cup" });
    expect(new KeptDraft(storage, "other").read()).toBeNull();
    await pass(1);
    expect(new KeptDraft(storage, "form").read()).toBeNull();
    expect(storage.size).toBe(0);
  });

  test.for([
    ["nowhere", null],
    ["in a storage that is full or forbidden", FULL],
  ] as const)("can be kept %s without any trouble", ([, storage]) => {
    const kept = new KeptDraft(storage, "form");
    kept.write("Cup");
    expect(kept.read()).toBeNull();
    kept.clear();
  });

  test.for([
    ["none", null, false],
    ["one that is full", Object.assign(new MapStorage(), { setItem: connectionLost }), false],
    ["one that is forbidden", FULL, false],
    ["one that takes it", new MapStorage(), true],
  ] as const)("is kept by %s of the storages, as the client says", ([, storage, keepsText]) => {
    const client = createDraftClient({ url: SERVICE, token: () => null, storage });
    expect(client.keepsText).toBe(keepsText);
    if (storage instanceof Map) expect(storage.size).toBe(0);
  });

  test("is not kept from when there is no room for it, until there is again", () => {
    const storage = new MapStorage();
    const write = storage.setItem;
    const full = vi.fn(connectionLost);
    const client = createDraftClient({ url: SERVICE, token: () => null, storage });
    const wrapper = ({ children }: { children: ReactNode }) => (
      <DraftClientProvider client={client}>{children}</DraftClientProvider>
    );
    const { result } = renderHook(useKeepsText, { wrapper });
    const [cup, plate] = [client.kept("cup"), client.kept("plate")];
    expect(cup.write("Cup")).toBe(true);
    Object.assign(storage, { setItem: full });
    act(() => expect(cup.write("Cup of tea")).toBe(false));
    expect([result.current, client.keepsText, cup.read()]).toEqual([false, false, "Cup"]);
    Object.assign(storage, { setItem: write });
    // There is room, but not for what was typed before.
    act(() => void plate.write("Plate"));
    expect(result.current).toBe(false);
    act(() => void cup.write("Cup of tea"));
    expect([result.current, client.keepsText]).toEqual([true, true]);
    Object.assign(storage, { setItem: full });
    act(() => void cup.write("Tea"));
    expect(result.current).toBe(false);
    act(() => cup.clear());
    expect(result.current).toBe(true);
  });

  test("is not said to be unkept by a server that renders the page", () => {
    const client = createDraftClient({ url: SERVICE, token: () => null, storage: null });
    const Shown = () => String(useKeepsText());
    const page = <DraftClientProvider client={client}><Shown /></DraftClientProvider>;
    expect(renderToString(page)).toBe("true");
  });

  test("is kept once there is room in a storage that was full from the beginning", () => {
    const storage = new MapStorage();
    const write = storage.setItem;
    Object.assign(storage, { setItem: connectionLost });
    const client = createDraftClient({ url: SERVICE, token: () => null, storage });
    expect(client.keepsText).toBe(false);
    Object.assign(storage, { setItem: write });
    client.kept("cup").write("Cup");
    expect(client.keepsText).toBe(true);
  });

  test("is not kept, and nothing else fails, where a page may not even name the storage", () => {
    const forbidden = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
    vi.spyOn(window, "localStorage", "get").mockImplementation(forbidden);
    vi.spyOn(window, "sessionStorage", "get").mockImplementation(forbidden);
    const client = createDraftClient({ url: SERVICE, token: () => null });
    expect(client.keepsText).toBe(false);
    client.kept("form", { tab: true }).write("Cup");
    expect(client.kept("form", { tab: true }).read()).toBeNull();
  });

  test("is as good as gone if it cannot be read", () => {
    const storage = new MapStorage([["assembly-service.draft.form", "{"]]);
    expect(new KeptDraft(storage, "form").read()).toBeNull();
  });

  test("comes back when the form is mounted again, until it is discarded", () => {
    const client = createDraftClient({ url: SERVICE, token: () => null, storage: new MapStorage() });
    const wrapper = providing(client);
    const mount = () => renderHook(() => useDraftPersistence<string>("form"), { wrapper });
    const first = mount();
    expect(first.result.current.restored).toBeNull();
    first.result.current.keep("Cup");
    first.unmount();
    const second = mount();
    expect(second.result.current.restored).toBe("Cup");
    second.result.current.discard();
    expect(mount().result.current.restored).toBeNull();
  });
});

function providing(client: DraftClient) {
  return ({ children }: { children: ReactNode }) => (
    <DraftClientProvider client={client}>{children}</DraftClientProvider>
  );
}

test("an observable starts with its first subscriber and stops with its last", () => {
  const happened: string[] = [];
  class Counter extends Observable<{ count: number; isOn: boolean }> {
    constructor() {
      super({ count: 0, isOn: true });
    }
    count = () => this.change({ count: this.getSnapshot().count + 1 });
    protected override start = () => void happened.push("start");
    protected override stop = () => void happened.push("stop");
  }
  const counter = new Counter();
  const hear = () => happened.push(`${counter.getSnapshot().count}`);
  const leave = [counter.subscribe(hear), counter.subscribe(hear)];
  counter.count();
  expect(counter.getSnapshot()).toEqual({ count: 1, isOn: true });
  leave[0]?.();
  leave[0]?.();
  counter.count();
  leave[1]?.();
  counter.count();
  expect(happened).toEqual(["start", "1", "1", "2", "stop"]);
});

describe("useExpirationTimer", () => {
  test("counts down, with notices at 15 and at 5 minutes, and then stops", async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS / 2).toISOString();
    const { result } = renderHook(() => useExpirationTimer(expiresAt));
    const after = async (milliseconds: number) => {
      await act(() => pass(milliseconds));
      return result.current;
    };
    expect(result.current).toEqual({ secondsLeft: 1_800, phase: "running" });
    expect(await after(899_000)).toEqual({ secondsLeft: 901, phase: "running" });
    expect(await after(1_000)).toEqual({ secondsLeft: 900, phase: "soon" });
    expect(await after(599_000)).toEqual({ secondsLeft: 301, phase: "soon" });
    expect(await after(1_000)).toEqual({ secondsLeft: 300, phase: "last" });
    expect(await after(300_000)).toEqual({ secondsLeft: 0, phase: "expired" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("waits as long as nothing is known to expire", () => {
    const { result } = renderHook(() => useExpirationTimer(null));
    expect(result.current).toEqual({ secondsLeft: null, phase: "running" });
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("a page with unsaved changes asks before it is left, and no other one", () => {
  const { rerender, unmount } = renderHook(({ isUnsaved }) => useUnsavedChanges(isUnsaved), {
    initialProps: { isUnsaved: true },
  });
  const asks = () => {
    const leaving = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(leaving);
    return leaving.defaultPrevented;
  };
  expect(asks()).toBe(true);
  rerender({ isUnsaved: false });
  expect(asks()).toBe(false);
  rerender({ isUnsaved: true });
  unmount();
  expect(asks()).toBe(false);
});

describe("useProductOrchestrator", () => {
  let service: FakeDrafts;
  let client: DraftClient;

  beforeEach(() => {
    sessionStorage.clear();
    service = installFakeDrafts();
    client = createDraftClient({ url: SERVICE, token: () => "token", storage: null });
  });

  const open = () => renderHook(useProductOrchestrator, { wrapper: providing(client) });

  test("makes one draft in StrictMode, and shows every step", async () => {
    const useNewDraft = () => {
      const draft = useProductOrchestrator();
      const { createSession } = draft;
      useEffect(() => void createSession(), [createSession]);
      return draft;
    };
    const { result } = renderHook(useNewDraft, { wrapper: providing(client) });
    await act(async () => {
      void result.current.addProduct(PRODUCT);
      void result.current.addTarget({});
      void result.current.commit();
      await pass();
    });
    expect(result.current).toMatchObject({ percent: 100, loading: null, error: null });
    expect(service.requests).toEqual(
      ["create", "product", "audience-target", "commit"].map((step) => `POST ${step}`),
    );
  });

  test("resumes the tab's draft once in StrictMode", async () => {
    const { result, unmount } = open();
    await act(async () => {
      void result.current.addProduct(PRODUCT);
      await pass();
    });
    unmount();
    const { result: later } = open();
    await act(() => pass());
    expect(later.current.session).toMatchObject({ product: PRODUCT });
    expect(service.count("GET read")).toBe(1);
  });

  test("leaves nothing running when it is unmounted in the middle of a commit", async () => {
    const { result, unmount } = open();
    service.once("commit", held(connectionLost).respond);
    await act(async () => {
      void result.current.addProduct(PRODUCT);
      void result.current.commit();
      await pass(6_000);
    });
    unmount();
    const { length } = service.requests;
    await pass(HOUR_MS);
    expect(service.requests).toHaveLength(length);
  });
});

test("a hook without a provider says what is missing", () => {
  vi.spyOn(console, "error").mockReturnValue();
  expect(() => renderHook(useProductOrchestrator)).toThrow("Put a <DraftClientProvider client={...}>");
});
