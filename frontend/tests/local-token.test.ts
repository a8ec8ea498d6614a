import { afterEach, expect, test, vi } from "vitest";

// A browser that forbids its storage, at a service in the local mode.
vi.stubGlobal("document", { querySelector: () => ({ content: "true" }) });
const { freshToken, hasToken, keepsToken, keepToken, token } = await import("../src/site/token");

afterEach(() => vi.restoreAllMocks());

test("a token that does not come is given up, so that the call fails and can be tried again", async () => {
  const slow = new AbortController();
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(slow.signal);
  const never = (_: unknown, { signal }: RequestInit) =>
    new Promise<Response>((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
  vi.stubGlobal("fetch", never);
  const asked = token();
  slow.abort();
  expect(await asked).toBeNull();
  vi.stubGlobal("fetch", async () => Response.json({ token: "local" }));
  expect(await token()).toBe("local");
});

test("without storage a typed token is used until the page is left", async () => {
  expect([keepsToken(), hasToken()]).toEqual([false, true]);
  keepToken("typed");
  expect(await freshToken({ refused: null })).toBe("typed");
});
