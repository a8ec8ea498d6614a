// @vitest-environment happy-dom
import { cleanup, configure, renderHook, waitFor } from "@testing-library/react";
import { randomUUID } from "node:crypto";
import { type ReactNode, useEffect } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  checkCode,
  createDraftClient,
  type DraftClient,
  DraftClientProvider,
  getProduct,
  listProducts,
  type ProductInput,
  updateProduct,
  updateTarget,
  useProductCreation,
  useProductOrchestrator,
} from "../../src/drafts/index.js";
import { Network, SERVICE_URL, tokenOf } from "./stage.js";

configure({ asyncUtilTimeout: 40_000, reactStrictMode: true });

/** However much the clocks differ, it has expired. */
const EXPIRED = { expiresIn: -600 };

let client: DraftClient;
let token: string;

beforeEach(async () => {
  sessionStorage.clear();
  token = await tokenOf();
  client = clientAt(SERVICE_URL);
});

afterEach(cleanup);
afterEach(() => vi.restoreAllMocks());

function clientAt(url: string): DraftClient {
  const fresh = async (refused: string | null) => (refused === token ? (token = await tokenOf()) : token);
  return createDraftClient({ url, token: ({ refused }) => fresh(refused), storage: null });
}

function product(): ProductInput {
  return {
    productName: "Cup",
    productCode: `CUP-${randomUUID()}`.toUpperCase(),
    productDescription: "A cup for hot tea.",
    productCategory: 4,
    productGlCode: 14,
    productYear: "2026",
    generalPrice: 12.5,
  };
}

function open<Hook>(useHook: () => Hook, of = client) {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <DraftClientProvider client={of}>{children}</DraftClientProvider>
  );
  return renderHook(useHook, { wrapper });
}

function useNewDraft() {
  const draft = useProductOrchestrator();
  const { createSession } = draft;
  useEffect(() => void createSession(), [createSession]);
  return draft;
}

test("a product comes out of one draft with its target, in StrictMode too", async () => {
  const sent = vi.spyOn(globalThis, "fetch");
  const { result } = open(useNewDraft);
  const wanted = product();
  await result.current.addProduct(wanted);
  await waitFor(() => expect(result.current).toMatchObject({ percent: 50, loading: null }));
  await result.current.addTarget({ osot_province: [11, 1] });
  expect(await result.current.checkProgress()).toMatchObject({ progressPercent: 75 });
  const made = await result.current.commit();
  await waitFor(() => expect(result.current).toMatchObject({ percent: 100, result: made }));
  expect(sent.mock.calls.filter(([url]) => String(url).endsWith("/create"))).toHaveLength(1);

  const { body, tag } = await getProduct(client, made?.productGuid ?? "");
  expect(body).toMatchObject({ ...wanted, audienceTarget: { osot_province: [1, 11] } });
  const changed = await updateProduct(client, body.productGuid, { generalPrice: 9 }, tag);
  await updateTarget(client, body.productGuid, { osot_province: [] }, changed.tag);
  await expect(updateProduct(client, body.productGuid, { taxes: 0 }, tag)).rejects.toMatchObject({
    status: 412,
  });
  const { products } = await listProducts(client, { productCode: wanted.productCode });
  expect(products).toMatchObject([{ generalPrice: 9, audienceTarget: { osot_province: [] } }]);
});

test("a token that expires in the middle is asked for again, and nobody notices", async () => {
  const { result } = open(useProductCreation);
  await result.current.addProduct(product());
  token = await tokenOf(EXPIRED);
  expect(await result.current.commit()).not.toBeNull();
  expect(result.current.error).toBeNull();
});

test("somebody who may not is told so", async () => {
  token = await tokenOf({ privilege: 1 });
  const { result } = open(useProductCreation);
  expect(await result.current.startSession()).toBeNull();
  await waitFor(() => expect(result.current.error).toMatchObject({ status: 403 }));
});

test("every mistake is told at its field, and a code that is taken brings a free one", async () => {
  const { result } = open(useProductOrchestrator);
  const wanted = product();
  expect(await result.current.addProduct({ ...wanted, productName: "" })).toBeNull();
  await waitFor(() => expect(result.current.error?.fields).toHaveProperty("productName"));
  await result.current.addProduct(wanted);

  await client.call("POST", "/private/products", { body: wanted });
  expect(await result.current.commit()).toBeNull();
  await waitFor(() => expect(result.current.error?.fields).toHaveProperty("productCode"));
  expect(result.current).toMatchObject({ state: "failed", canCommit: true });

  const check = await checkCode(client, wanted.productCode.toLowerCase());
  const proposal = `${wanted.productCode}-2`;
  expect(check).toEqual({ code: wanted.productCode, isFree: false, proposal });
  await result.current.addProduct({ ...wanted, productCode: proposal });
  expect(await result.current.commit()).toMatchObject({ productCode: proposal });
});

test("a commit whose connection is cut makes one product, and shows it", async () => {
  const network = await Network.open();
  try {
    const { result } = open(useProductCreation, clientAt(network.url));
    const wanted = product();
    await result.current.addProduct(wanted);
    network.cutAfter("/commit");
    const made = await result.current.commit();
    const { products } = await listProducts(client, { productCode: wanted.productCode });
    expect(products).toMatchObject([{ productGuid: made?.productGuid }]);
    await waitFor(() => expect(result.current).toMatchObject({ state: "committed", error: null }));
  } finally {
    network.close();
  }
});

test("a page that is left in the middle of a commit and comes back makes one product", async () => {
  const { result, unmount } = open(useProductOrchestrator);
  const wanted = product();
  await result.current.addProduct(wanted);
  const committing = result.current.commit();
  unmount();
  expect(await committing).toBeNull();

  const { result: later } = open(useProductOrchestrator);
  await waitFor(() => expect(later.current.session).not.toBeNull());
  const made = await later.current.commit();
  const { products } = await listProducts(client, { productCode: wanted.productCode });
  expect(products).toMatchObject([{ productGuid: made?.productGuid }]);
});

test("a draft that is gone is expired, and another one is begun with what was typed", async () => {
  sessionStorage.setItem(
    "assembly-service.draft.product.session",
    JSON.stringify({ savedAt: Date.now(), value: { sessionId: randomUUID() } }),
  );
  const { result } = open(useProductOrchestrator);
  await waitFor(() => expect(result.current).toMatchObject({ isExpired: true, error: null }));
  void result.current.createSession();
  expect(await result.current.addProduct(product())).toMatchObject({ state: "product-added" });
  await waitFor(() => expect(result.current.isExpired).toBe(false));
});
