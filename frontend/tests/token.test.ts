import { expect, test, vi } from "vitest";

const KEY = "assembly-service.token";
const tab = new Map<string, string>();
vi.stubGlobal("sessionStorage", {
  getItem: (key: string) => tab.get(key) ?? null,
  setItem: (key: string, value: string) => void tab.set(key, value),
});
vi.stubGlobal("document", { querySelector: () => null });
tab.set(KEY, tokenOf("ann"));
const { keepToken, onPersonChange, person } = await import("../src/site/token");
const { personalClient } = await import("../src/drafts/shared/client");

test("a token that a site puts there for another person sends nothing of the one before", async () => {
  const sent = vi.fn(async (_url: string, { body, headers }: RequestInit) => {
    return Response.json({ body, headers });
  });
  vi.stubGlobal("fetch", sent);
  const changed = vi.fn();
  onPersonChange(changed);
  const ofAnn = personalClient();
  await ofAnn.call("POST", "/drafts", { body: "Ann's" });
  expect(sent).toHaveBeenCalledTimes(1);

  tab.set(KEY, tokenOf("bob"));
  await expect(ofAnn.call("POST", "/drafts", { body: "Ann's" })).rejects.toMatchObject({ code: "no_token" });
  expect(sent).toHaveBeenCalledTimes(1);
  expect(changed).toHaveBeenCalledTimes(1);
  expect([person(), personalClient().owner]).toEqual(["bob", "bob"]);
  expect([keepToken(tokenOf("bob")), keepToken(tokenOf("ann"))]).toEqual([true, false]);
});

function tokenOf(sub: string): string {
  return `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify({ sub })).toString("base64url")}.c2lnbmF0dXJl`;
}
