import { act, cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  createDraftClient,
  type DraftClient,
  type DraftClientOptions,
  DraftClientProvider,
  ProductDraft,
  ProjectDraft,
  useDraftPersistence,
  useExpirationTimer,
} from "../../src/drafts/index.js";
import { type FakeDrafts, installFakeDrafts, json, SERVICE } from "./fake-drafts.js";
import { FakeBrowser, FakeProjects } from "./fake-projects.js";
import { pass } from "./support.js";

const HOUR_MS = 3_600_000;

let service: FakeDrafts;

beforeEach(() => {
  service = installFakeDrafts();
  sessionStorage.clear();
  localStorage.clear();
});

afterEach(cleanup);

function clientOf(options: Partial<DraftClientOptions> = {}): DraftClient {
  return createDraftClient({ url: SERVICE, token: () => "token", ...options });
}

/** What a call ends with, while time passes. */
async function settled(client: DraftClient): Promise<PromiseSettledResult<unknown>> {
  const [result] = await Promise.all([
    Promise.allSettled([client.call("GET", "/private/products")]).then(([first]) => first),
    pass(),
  ]);
  return result;
}

describe("what one person typed", () => {
  test.for([{ tab: false }, { tab: true }])("is not there for another one (%o)", (where) => {
    clientOf({ owner: "ann" }).kept("form", where).write("Ann's");
    expect(clientOf({ owner: "bob" }).kept("form", where).read()).toBeNull();
    expect(clientOf().kept("form", where).read()).toBeNull();
    expect(clientOf({ owner: "ann" }).kept("form", where).read()).toBe("Ann's");
    expect(clientOf({ owner: "ann" }).kept("form", { tab: !where.tab }).read()).toBeNull();
  });

  test("is under a key that names them, whatever characters they have", () => {
    const keyOf = (owner: string, key: string) => clientOf({ owner }).kept(key).key;
    expect(keyOf("ann", "form")).toBe("assembly-service.draft.ann.form");
    expect(keyOf("ann.b", "form")).not.toBe(keyOf("ann", "b.form"));
    expect(clientOf().kept("form").key).toBe("assembly-service.draft.form");
  });

  test("is not in a form that another one sees in its place", () => {
    const open = ({ owner }: { owner: string }) => {
      const client = clientOf({ owner });
      return ({ children }: { children: ReactNode }) => (
        <DraftClientProvider client={client}>{children}</DraftClientProvider>
      );
    };
    clientOf({ owner: "ann" }).kept("form").write("Ann's");
    let Wrapper = open({ owner: "ann" });
    const Page = ({ children }: { children: ReactNode }) => Wrapper({ children });
    const { result, rerender } = renderHook(() => useDraftPersistence<string>("form").restored, {
      wrapper: Page,
    });
    expect(result.current).toBe("Ann's");
    Wrapper = open({ owner: "bob" });
    rerender();
    expect(result.current).toBeNull();
  });

  test("of a product is a draft that another one does not resume", async () => {
    const draft = new ProductDraft(clientOf({ owner: "ann" }));
    void draft.create();
    await pass();
    const resumed = (owner: string) => new ProductDraft(clientOf({ owner })).resume();
    const results = Promise.all(["bob", "ann"].map(resumed));
    await pass();
    expect(await results).toMatchObject([null, { sessionId: "draft-1" }]);
  });

  test("of a project is neither shown to another one nor saved under their name", async () => {
    const projects = new FakeProjects();
    const browser = new FakeBrowser();
    const ann = new ProjectDraft(browser.client("ann"));
    const leave = ann.subscribe(() => undefined);
    ann.updateSession({ projectData: { projectName: "Ann's house" } });
    await pass(2_000);
    leave();
    projects.reads = 0;
    const bob = new ProjectDraft(browser.client("bob"));
    const leaveToo = bob.subscribe(() => undefined);
    await pass(2_000);
    expect(bob.getSnapshot()).toMatchObject({ sessionId: null, loading: false, projectData: {} });
    expect(projects.reads).toBe(0);
    bob.updateSession({ projectData: { projectName: "Bob's house" } });
    await pass(2_000);
    leaveToo();
    expect(projects.data()).toEqual({ projectName: "Bob's house" });
    expect(projects.sessions.size).toBe(2);
  });
});

describe("what was typed a day ago", () => {
  test("is gone when any client is made, whoever typed it and wherever", async () => {
    clientOf({ owner: "ann" }).kept("form").write("Ann's");
    clientOf().kept("another", { tab: true }).write("Somebody's");
    localStorage.setItem("theme", "dark");
    await pass(24 * HOUR_MS - 1);
    clientOf({ owner: "bob" });
    expect([localStorage.length, sessionStorage.length]).toEqual([2, 1]);
    await pass(1);
    clientOf({ owner: "bob" });
    expect([localStorage.length, sessionStorage.length]).toEqual([1, 0]);
  });

  test("is gone even if the same was kept once more meanwhile", async () => {
    const kept = clientOf().kept<object>("form");
    kept.write({ title: "Cup" });
    await pass(12 * HOUR_MS);
    kept.write({ title: "Cup" });
    await pass(12 * HOUR_MS);
    expect(kept.read()).toBeNull();
    kept.write({ title: "Cup" });
    await pass(12 * HOUR_MS);
    kept.write({ title: "Mug" });
    await pass(12 * HOUR_MS);
    expect(kept.read()).toEqual({ title: "Mug" });
  });
});

describe("a wrong clock", () => {
  const saying = (date: () => string) =>
    vi.stubGlobal("fetch", () => Promise.resolve(json(200, {}, { Date: date() })));

  test.for([-2, 2])("that is %d hours off does not move the service's time", async (hours) => {
    const client = clientOf();
    expect(client.now()).toBe(Date.now());
    saying(() => new Date(Date.now() - hours * HOUR_MS).toUTCString());
    await settled(client);
    expect(Math.abs(client.now() + hours * HOUR_MS - Date.now())).toBeLessThan(1_000);
  });

  test("of a second or two is as good as right, and an answer without a time tells nothing", async () => {
    const client = clientOf();
    saying(() => new Date(Date.now() - 1_500).toUTCString());
    await settled(client);
    expect(client.now()).toBe(Date.now());
    service = installFakeDrafts();
    await settled(client);
    expect(client.now()).toBe(Date.now());
  });

  test("lets a draft expire when it does at the service", async () => {
    const client = clientOf();
    saying(() => new Date(Date.now() - 2 * HOUR_MS).toUTCString());
    await settled(client);
    const wrapper = ({ children }: { children: ReactNode }) => (
      <DraftClientProvider client={client}>{children}</DraftClientProvider>
    );
    const expiresAt = new Date(client.now() + HOUR_MS).toISOString();
    const { result } = renderHook(() => useExpirationTimer(expiresAt), { wrapper });
    expect(result.current).toEqual({ secondsLeft: 3_600, phase: "running" });
    await act(() => pass(HOUR_MS));
    expect(result.current).toEqual({ secondsLeft: 0, phase: "expired" });
  });
});

describe("a token", () => {
  const failing = [
    ["throws", () => expect.fail("Signed out.")],
    ["rejects", () => Promise.reject(new Error("Signed out."))],
  ] as const;

  test.for(failing)("that cannot be got (%s) is told, and asked for again", async ([, fail]) => {
    const token = vi.fn<DraftClientOptions["token"]>().mockImplementationOnce(fail);
    token.mockReturnValue("token");
    const client = clientOf({ token });
    expect(await settled(client)).toMatchObject({
      reason: {
        ...{ name: "DraftError", status: null, code: "no_token", isTransient: true },
        message: "There is no access token: Signed out.",
      },
    });
    expect((await settled(client)).status).toBe("fulfilled");
  });

  test("with a character that cannot be sent is refused here, and another one asked for", async () => {
    const token = vi.fn(({ refused }: { refused: string | null }) =>
      refused === null ? "tokén\u2026" : "token",
    );
    expect((await settled(clientOf({ token }))).status).toBe("fulfilled");
    expect(token.mock.calls).toEqual([[{ refused: null }], [{ refused: "tokén\u2026" }]]);
    const { length } = service.requests;
    expect(await settled(clientOf({ token: () => "tok\u2026en" }))).toMatchObject({
      reason: { status: 401, code: "unsendable_token", isTransient: false },
    });
    expect(service.requests).toHaveLength(length);
  });
});

test("a tag that a proxy made weak names the version as it was", async () => {
  service.once("/private/products", () => json(200, {}, { ETag: 'W/"7"' }));
  expect(await settled(clientOf())).toMatchObject({ value: { tag: '"7"' } });
});
