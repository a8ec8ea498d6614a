import { type CatalogueProduct, type DraftClient, DraftError } from "assembly-service-client/drafts";
import { QueryClient } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { productOptions, readNow } from "../src/drafts/product/record/productOptions";
import { saveChanges, type StoredPart, type Version } from "../src/drafts/product/record/saving";
import { withFreeCode } from "../src/drafts/product/record/takenCode";
import type { Values } from "../src/drafts/shared/changes";
import { type Field, FieldSet } from "../src/drafts/shared/fields";

const fields = new FieldSet(
  ["name", "price"].map((name): Field => ({
    name,
    title: name,
    description: "",
    group: "",
    kind: "text",
    isRequired: false,
    codes: [],
  })),
);

function version(tag: string | undefined, values: Values): Version {
  return { status: 200, tag, body: values as unknown as CatalogueProduct };
}

const refusal = (status: number) => new DraftError({ status, code: "", message: "Refused" });

/** A part of a product of which `stored` is there now; a change makes version "saved" of it. */
function partOf(stored: Version) {
  const save = vi.fn<StoredPart["save"]>(async (changes, ifMatch) => {
    if (ifMatch !== stored.tag) throw refusal(412);
    return version("saved", { ...(stored.body as unknown as Values), ...changes });
  });
  const valuesOf = (product: CatalogueProduct) => product as unknown as Values;
  return { fields, valuesOf, save, read: async () => stored };
}

const before = version("1", { name: "A", price: 1 });

test("a product that came without its version is not saved, which is said", async () => {
  const part = partOf(before);
  const outcome = await saveChanges(part, { ...before, tag: undefined }, { name: "B", price: 1 });
  expect(outcome).toMatchObject({ kind: "refused", error: { status: 428 } });
  expect(part.save).not.toHaveBeenCalled();
});

test("a change elsewhere in the product is nobody's conflict", async () => {
  const part = partOf(version("2", before.body as unknown as Values));
  const outcome = await saveChanges(part, before, { name: "B", price: 1 });
  expect(outcome).toEqual({ kind: "saved", version: version("saved", { name: "B", price: 1 }) });
});

test("a change of the same part is a conflict, and what both made alike is saved", async () => {
  const part = partOf(version("2", { name: "Theirs", price: 2 }));
  const outcome = await saveChanges(part, before, { name: "A", price: 3 });
  expect(outcome).toMatchObject({
    kind: "conflict",
    conflict: { version: { tag: "2" }, changes: [{ changedBy: "them" }, { changedBy: "both" }] },
  });
  const alike = await saveChanges(part, before, { name: "Theirs", price: 1 });
  expect(alike).toMatchObject({ kind: "saved", version: { tag: "2" } });
});

test("a product is read anew after a refusal, and what was on its way before is not shown", async () => {
  const queries = new QueryClient();
  const now = version("2", { productGuid: "1", name: "B" });
  let arrive: (version: Version) => void = () => undefined;
  const old = new Promise<Version>((resolve) => (arrive = resolve));
  const call = vi.fn<() => Promise<Version>>().mockReturnValueOnce(old).mockResolvedValue(now);
  const client = { call } as unknown as DraftClient;
  const options = productOptions(client, "1");
  queries.setQueryData(options.queryKey, version("1", { productGuid: "1", name: "A" }));
  const before = queries.fetchQuery(options).catch(() => undefined);
  expect(await readNow(queries, client, "1")).toEqual(now);
  arrive(version("1", { productGuid: "1", name: "A" }));
  await before;
  expect(queries.getQueryData(options.queryKey)).toEqual(now);
});

test("where a proxy changes the version, saving ends with the refusal", async () => {
  const part = { ...partOf(before), save: vi.fn(() => Promise.reject(refusal(412))) };
  const outcome = await saveChanges(part, before, { name: "B", price: 1 });
  expect(outcome).toMatchObject({ kind: "refused", error: { status: 412 } });
  expect(part.save).toHaveBeenCalledTimes(1);
});

test("only a taken code has another proposed", async () => {
  const call = vi.fn(async () => ({ status: 200, body: { products: [] }, tag: undefined }));
  const client = { call, storage: null } as unknown as DraftClient;
  const busy = refusal(409);
  await expect(withFreeCode(client, undefined, busy)).rejects.toBe(busy);
  expect(call).not.toHaveBeenCalled();
  const taken = new DraftError({
    status: 409,
    code: "",
    message: "Refused",
    fields: { productCode: "Product code CUP already exists" },
  });
  await expect(withFreeCode(client, "CUP", taken)).rejects.toMatchObject({
    fields: { productCode: "Product code CUP already exists. CUP-2 is free." },
  });
});
