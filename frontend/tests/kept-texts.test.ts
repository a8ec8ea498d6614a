import { type DraftStorage, KeptDraft } from "assembly-service-client/drafts";
import { beforeEach, expect, test } from "vitest";
import { KeptTexts } from "../src/drafts/shared/KeptTexts";

interface Text {
  readonly typed: string;
  readonly step?: number;
}

const browser = storage();
beforeEach(() => browser.clear());

/** Each tab has a storage of its own beside the browser's; a reload is another one with the same. */
function openTab(tab = storage()) {
  const kept = <Value>(key: string, { tab: isOfTab = false } = {}) =>
    new KeptDraft<Value>(isOfTab ? tab : browser, key);
  const client = { kept, storage: browser } as never;
  const texts = new KeptTexts<Text>({ client, key: "cup", typed: ({ typed }) => typed });
  const [own, others] = [texts.read(), texts.others()];
  return { tab, texts, own, others, offered: () => openTab().others.map(({ text }) => text) };
}

test("a tab has its own text whatever others type, and those of others are offered", () => {
  const [one, other] = [openTab(), openTab()];
  expect(one.own).toBeUndefined();
  one.texts.write({ typed: "cup" });
  other.texts.write({ typed: "plate" });
  expect(openTab(one.tab).own).toEqual({ typed: "cup" });
  expect(one.offered()).toHaveLength(2);
  expect(openTab(one.tab).others.map(({ text }) => text)).toEqual([{ typed: "plate" }]);

  one.texts.forget();
  expect(openTab(one.tab).own).toBeNull();
  expect(openTab(other.tab).own).toEqual({ typed: "plate" });
  other.texts.forget();
  expect(other.offered()).toEqual([]);
});

test.for(["publishes", "types on"])(
  "what was typed on in a tab that crashed outlives that the tab it was taken from %s",
  (does) => {
    const older = openTab();
    older.texts.write({ typed: "cup" });
    const newer = openTab();
    newer.texts.take(newer.others[0]?.id ?? "");
    newer.texts.write({ typed: "cup and saucer" });

    if (does === "types on") older.texts.write({ typed: "mug" });
    older.texts.forget();
    expect(newer.offered()).toEqual([{ typed: "cup and saucer" }]);
    expect(openTab(older.tab).own).toBeNull();
  },
);

test("a text that was only looked at in another tab is gone once it is published", () => {
  const one = openTab();
  one.texts.write({ typed: "cup", step: 1 });
  const other = openTab();
  other.texts.take(other.others[0]?.id ?? "");
  other.texts.write({ typed: "cup", step: 2 });
  one.texts.forget();
  expect(one.offered()).toEqual([]);
});

test("two tabs with the same beginning, as of one that was duplicated, keep what each has typed", () => {
  const one = openTab();
  one.texts.write({ typed: "cup" });
  const duplicate = openTab(storage(one.tab));
  duplicate.texts.write({ typed: "plate" });
  one.texts.write({ typed: "mug" });
  expect(one.offered()).toEqual(expect.arrayContaining([{ typed: "plate" }, { typed: "mug" }]));
});

test("a text that is left to others is not typed over", () => {
  const one = openTab();
  one.texts.write({ typed: "cup" });
  one.texts.leave();
  one.texts.write({ typed: "plate" });
  expect(one.offered()).toHaveLength(2);
});

test("a tab whose text has no room any longer has one text in the browser, and forgets that", () => {
  const { texts, offered } = openTab();
  texts.write({ typed: "c" });
  const { setItem } = browser;
  browser.setItem = () => {
    throw new DOMException("Full.", "QuotaExceededError");
  };
  texts.write({ typed: "cu" });
  texts.write({ typed: "cup" });
  expect(offered()).toEqual([{ typed: "c" }]);
  browser.setItem = setItem;
  texts.write({ typed: "cup!" });
  expect(offered()).toEqual([{ typed: "cup!" }]);
  texts.forget();
  expect(offered()).toEqual([]);
});

function storage(copied?: Required<DraftStorage>): Required<DraftStorage> & { clear: () => void } {
  const items = new Map<string, string>();
  for (let at = 0; at < (copied?.length ?? 0); at += 1) {
    const key = copied?.key(at) ?? "";
    items.set(key, copied?.getItem(key) ?? "");
  }
  return {
    get length() {
      return items.size;
    },
    key: (at) => [...items.keys()][at] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  };
}
