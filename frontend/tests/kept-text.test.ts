import { KeptDraft } from "assembly-service-client/drafts";
import { expect, test } from "vitest";
import type { KeptWizard } from "../src/drafts/product/wizard/kept";
import { KeptText } from "../src/drafts/product/wizard/KeptText";

const browser = new Map<string, string>();

function openTab(): KeptText {
  const tab = new Map<string, string>();
  const storageOf = (kept: Map<string, string>) => ({
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  const kept = <Value>(key: string, { tab: isOfTab = false } = {}) =>
    new KeptDraft<Value>(storageOf(isOfTab ? tab : browser), key);
  return new KeptText({ kept } as never);
}

const text = (id: string) => ({ id }) as KeptWizard;

test("a tab has its own text whatever others type, and a new one has what was typed last", () => {
  const [one, other] = [openTab(), openTab()];
  one.write(text("cup"));
  other.write(text("plate"));
  expect(one.read()).toEqual({ text: text("cup"), isOfTab: true });
  expect(openTab().read()).toEqual({ text: text("plate"), isOfTab: false });

  one.forget("cup");
  expect(one.read().text).toBeNull();
  expect(other.read().text).toEqual(text("plate"));
  expect(openTab().read().text).toEqual(text("plate"));

  other.forget("plate");
  expect(openTab().read().text).toBeNull();
});
