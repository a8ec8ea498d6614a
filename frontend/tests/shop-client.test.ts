import { afterEach, beforeEach, expect, test, vi } from "vitest";

function tokenOf(sub: string, exp: number): string {
  const payload = Buffer.from(JSON.stringify({ sub, exp })).toString("base64url");
  return `eyJhbGciOiJIUzI1NiJ9.${payload}.c2lnbmF0dXJl`;
}

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("document", { querySelector: () => null });
  vi.stubGlobal("location", new URL("http://shop.example/"));
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
});

afterEach(() => vi.unstubAllGlobals());

test("another person in the same tab sees nothing of what the first one was shown", async () => {
  const { keepToken } = await import("../src/site/token");
  const { personalClient } = await import("../src/shop/client");
  keepToken(tokenOf("ann", 1));
  const first = personalClient();
  const shown = first.shop("amani");
  keepToken(tokenOf("ann", 2));
  expect(personalClient()).toBe(first);
  keepToken(tokenOf("ben", 3));
  expect(personalClient()).not.toBe(first);
  expect(personalClient().shop("amani")).not.toBe(shown);
});
