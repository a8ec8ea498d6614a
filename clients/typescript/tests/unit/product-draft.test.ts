import { beforeEach, describe, expect, test } from "vitest";
import {
  type AudienceTargetInput,
  checkCode,
  createDraftClient,
  ProductDraft,
  type ProductStep,
  proposeCode,
} from "../../src/drafts/index.js";
import { connectionLost, FakeDrafts, held, installFakeDrafts, json, PRODUCT, SERVICE } from "./fake-drafts.js";
import { pass } from "./support.js";

const IDS = { productGuid: "product-1", targetGuid: "target-1", productCode: "CUP" };
const COMMITTING = { statusCode: 409, message: "Cannot commit session in state committing" };

let service: FakeDrafts;

beforeEach(() => {
  service = installFakeDrafts();
  sessionStorage.clear();
});

function openDraft(): ProductDraft {
  return new ProductDraft(openClient());
}

function openClient() {
  return createDraftClient({ url: SERVICE, token: () => "token", storage: null });
}

/** A draft that somebody watches, until `leave`. */
function watchedDraft() {
  const draft = openDraft();
  return { draft, leave: draft.subscribe(() => undefined) };
}

/** What something resolves with, while time passes. */
async function after<Result>(result: Promise<Result>, milliseconds?: number): Promise<Result> {
  await pass(milliseconds);
  return result;
}

/** A watched draft with a product. */
async function readyDraft() {
  const watched = watchedDraft();
  await after(watched.draft.addProduct(PRODUCT));
  return watched;
}

describe("a product draft", () => {
  test("becomes a product step by step, and says how far it is", async () => {
    const draft = openDraft();
    expect(draft.getSnapshot()).toMatchObject({ session: null, percent: 0, canCommit: false });
    await after(draft.create());
    expect(draft.getSnapshot()).toMatchObject({ state: "initiated", percent: 25, canCommit: false });
    expect(draft.getSnapshot().expiresAt).toBe("2026-11-18T08:00:00.010Z");
    await after(draft.addProduct(PRODUCT));
    expect(draft.getSnapshot()).toMatchObject({ percent: 50, canCommit: true, error: null });
    await after(draft.configureTarget({ osot_province: [1] }));
    expect(draft.getSnapshot()).toMatchObject({
      percent: 75,
      steps: { productAdded: true, targetConfigured: true, committed: false },
      session: { product: PRODUCT, audienceTarget: { osot_province: [1] } },
    });
    expect(await after(draft.commit())).toEqual(IDS);
    expect(draft.getSnapshot()).toMatchObject({ state: "committed", percent: 100, result: IDS });
  });

  test("is published in one call, twice at once or not, and not after a step that fails", async () => {
    const { draft } = watchedDraft();
    const target: AudienceTargetInput = { osot_province: [1] };
    service.once("product", () => json(400, { message: "Invalid", fields: { productName: "Too short" } }));
    expect(await after(draft.publish(PRODUCT, target))).toBeNull();
    expect(service.requests).toEqual(["POST create", "POST product"]);
    const twice = Promise.all([draft.publish(PRODUCT, target), draft.publish(PRODUCT, target)]);
    expect(await after(twice)).toEqual([IDS, IDS]);
    expect(service.requests.slice(2)).toEqual(["POST product", "POST audience-target", "POST commit"]);
  });

  test("is for everyone if it is published without the target that it had before", async () => {
    const { draft } = await readyDraft();
    await after(draft.configureTarget({ osot_province: [1] }));
    expect(await after(draft.publish(PRODUCT))).toEqual(IDS);
    expect(service.requests.slice(-3)).toEqual(["POST product", "POST audience-target", "POST commit"]);
    expect([...service.sessions.values()][0]).not.toHaveProperty("audienceTarget.osot_province");
  });

  test("is created with its first product", async () => {
    const draft = openDraft();
    expect(await after(draft.addProduct(PRODUCT))).toMatchObject({ state: "product-added" });
    expect(service.requests).toEqual(["POST create", "POST product"]);
  });

  test("is changed once by the same call twice, and in order by different ones", async () => {
    const draft = openDraft();
    const [first, again, other] = [PRODUCT, { ...PRODUCT }, { ...PRODUCT, productName: "Plate" }].map(
      draft.addProduct,
    );
    expect(again).toBe(first);
    expect(draft.getSnapshot().loading).toBe("product");
    expect(await after(other!)).toMatchObject({ product: { productName: "Plate" } });
    expect(service.count("POST product")).toBe(2);
    expect(service.sessions.size).toBe(1);
    expect(draft.getSnapshot().loading).toBeNull();
  });

  test("is one draft, however often it is created at once", async () => {
    const draft = openDraft();
    await after(Promise.all([draft.create(), draft.create()]));
    expect(service.sessions.size).toBe(1);
  });

  test("is not committed when the product before it was refused", async () => {
    const { draft } = await readyDraft();
    const fields = { productName: "productName must be 3 to 100 characters long" };
    const refusal = { statusCode: 400, message: "Product validation failed", errors: ["..."], fields };
    service.once("product", () => json(400, refusal));
    const refused = draft.addProduct({ ...PRODUCT, productName: "" });
    expect(await after(draft.commit())).toBeNull();
    expect(await refused).toBeNull();
    expect(draft.getSnapshot()).toMatchObject({ error: { status: 400, fields }, percent: 50 });
    expect(service.count("POST commit")).toBe(0);
  });

  test("without a product cannot be committed, and says so", async () => {
    const draft = openDraft();
    expect(await after(draft.commit())).toBeNull();
    expect(draft.getSnapshot().error).toMatchObject({ message: "Create a draft first." });
  });

  test("is not shown as it was before its last step", async () => {
    const { draft } = await readyDraft();
    const before = held(() => json(200, { state: "product-added", steps: {}, progressPercent: 50 }));
    service.once("progress", before.respond);
    const asking = draft.checkProgress();
    await after(draft.configureTarget({}));
    before.release();
    await after(asking);
    expect(draft.getSnapshot()).toMatchObject({ state: "target-configured", percent: 75 });
  });

  test("that is discarded does not come back with the answer to its last step", async () => {
    const { draft } = await readyDraft();
    const step = draft.configureTarget({});
    draft.discard();
    expect(await after(step)).toBeNull();
    expect(draft.getSnapshot()).toMatchObject({ session: null, percent: 0 });
    expect(sessionStorage.length).toBe(0);
  });
});

describe("a commit", () => {
  test("that fails keeps the draft, says why, and can be repeated", async () => {
    const { draft } = await readyDraft();
    service.commitsFailWith = ["Failed to commit session after 3 attempts", "Connection timeout"];
    expect(await after(draft.commit())).toBeNull();
    expect(draft.getSnapshot()).toMatchObject({
      state: "failed",
      canCommit: true,
      percent: 50,
      error: {
        code: "commit_failed",
        message: "Failed to commit session after 3 attempts: Connection timeout",
      },
      session: { product: PRODUCT },
    });
    service.commitsFailWith = null;
    expect(await after(draft.commit())).toEqual(IDS);
    expect(draft.getSnapshot().error).toBeNull();
  });

  test("whose answer is lost is a success if the product exists", async () => {
    const { draft } = await readyDraft();
    service.once("commit", service.commitUnheard);
    expect(await after(draft.commit())).toEqual(IDS);
    expect(draft.getSnapshot()).toMatchObject({ state: "committed", error: null });
    expect(service.products).toHaveLength(1);
  });

  test("that never arrived is sent again as soon as the service can be reached", async () => {
    const { draft } = await readyDraft();
    service.once("commit", connectionLost, connectionLost);
    service.once("progress", connectionLost);
    const committing = draft.commit();
    await pass(9_000);
    expect(draft.getSnapshot()).toMatchObject({
      state: "committing",
      error: { code: "unreachable" },
    });
    expect(await after(committing, 2_000)).toEqual(IDS);
    expect(draft.getSnapshot().error).toBeNull();
    expect(service.products).toHaveLength(1);
  });

  test("followed with a token that is no longer valid says so, until it is asked about with another", async () => {
    const { draft } = await readyDraft();
    service.once("commit", connectionLost);
    service.once("progress", connectionLost, () => json(401, { message: "Unauthorized" }));
    const committing = draft.commit();
    await pass(6_000);
    expect(draft.getSnapshot()).toMatchObject({ state: "committing", error: { status: 401 } });
    await after(draft.checkProgress());
    expect(draft.getSnapshot()).toMatchObject({ state: "committing", error: null });
    expect(await after(committing, 10_000)).toEqual(IDS);
  });

  test("that could not be made says so, and can be repeated", async () => {
    const { draft } = await readyDraft();
    service.once("commit", () => json(503, { message: "Service temporarily unavailable" }));
    expect(await after(draft.commit())).toBeNull();
    expect(draft.getSnapshot()).toMatchObject({ canCommit: true, error: { status: 503 } });
    expect(await after(draft.commit())).toEqual(IDS);
  });

  test("that nobody watches says when it never arrived, and can be repeated", async () => {
    const draft = openDraft();
    await after(draft.addProduct(PRODUCT));
    service.once("commit", connectionLost);
    expect(await after(draft.commit())).toBeNull();
    expect(draft.getSnapshot()).toMatchObject({
      state: "product-added",
      canCommit: true,
      percent: 50,
      error: { code: "unreachable" },
    });
    expect(await after(draft.commit())).toEqual(IDS);
  });

  test("that is refused leaves the draft as it was", async () => {
    const { draft } = await readyDraft();
    service.once("commit", () => json(403, { message: "Only Admin users can create products" }));
    expect(await after(draft.commit())).toBeNull();
    expect(draft.getSnapshot()).toMatchObject({ state: "product-added", error: { status: 403 } });
  });

  test("beside another one shows that one's success, and never its own refusal", async () => {
    const { draft } = await readyDraft();
    const errors: unknown[] = [];
    draft.subscribe(() => errors.push(draft.getSnapshot().error));
    service.change({ state: "committing" });
    service.once("commit", () => json(409, COMMITTING));
    const committing = draft.commit();
    await pass(4_000);
    expect(draft.getSnapshot()).toMatchObject({ state: "committing", loading: "commit" });
    service.change({ state: "committed", ...IDS });
    expect(await after(committing, 2_000)).toEqual(IDS);
    expect(new Set(errors)).toEqual(new Set([null]));
  });

  test("is asked about every five seconds, until it is known how it ends", async () => {
    const { draft } = await readyDraft();
    const answer = held(() => json(200, { success: true, ...IDS }));
    service.once("commit", answer.respond);
    const committing = draft.commit();
    await pass(16_000);
    expect(service.count("GET progress")).toBe(3);
    // The commit has not arrived at the service yet, as far as that knows.
    expect(draft.getSnapshot().state).toBe("committing");
    answer.release();
    expect(await after(committing)).toEqual(IDS);
    await pass(60_000);
    expect(service.count("GET progress")).toBe(3);
  });

  test("is known to have succeeded from the progress, though its answer is stuck", async () => {
    const { draft } = await readyDraft();
    const stuck = held(() => json(200, { success: true, ...IDS }));
    service.once("commit", stuck.respond);
    const committing = draft.commit();
    service.change({ state: "committed", ...IDS });
    expect(await after(committing, 5_100)).toEqual(IDS);

    // The next draft has nothing to do with that answer.
    await after(draft.create());
    service.change({ state: "failed", errors: ["The code is taken"] });
    await after(draft.checkProgress());
    expect(draft.getSnapshot()).toMatchObject({ state: "failed", result: null });
    stuck.release();
    await pass();
    expect(draft.getSnapshot()).toMatchObject({ state: "failed", result: null });
  });

  test("that was on its way when its connection was lost is asked about a second later", async () => {
    const { draft } = await readyDraft();
    service.once("commit", connectionLost);
    expect(await after(draft.commit(), 1_100)).toEqual(IDS);
  });

  test("is followed again when the service is back, and one product is made", async () => {
    const { draft } = await readyDraft();
    service.once("commit", service.commitUnheard);
    service.once("progress", connectionLost, connectionLost, connectionLost);
    const committing = draft.commit();
    await pass(7_000);
    expect(draft.getSnapshot()).toMatchObject({
      state: "committing",
      error: { code: "unreachable" },
      isExpired: false,
    });
    expect(await after(committing, 10_000)).toEqual(IDS);
    expect(draft.getSnapshot().error).toBeNull();
    expect(service.products).toHaveLength(1);
  });

  test("that a dead process has left is taken over by sending it again", async () => {
    const { draft } = await readyDraft();
    service.once("commit", () => {
      service.change({ state: "committing" });
      return connectionLost();
    });
    const committing = draft.commit();
    await pass(29_000);
    expect(service.count("POST commit")).toBe(1);
    expect(await after(committing, 10_000)).toEqual(IDS);
    expect(service.count("POST commit")).toBe(2);
  });

  test("whose result is replayed no more is found by the product it made", async () => {
    const { draft } = await readyDraft();
    service.once("commit", service.commitUnheard);
    service.once("progress", () => {
      service.sessions.clear();
      return json(404, { message: "Session not found or expired", sessionId: "draft-1" });
    });
    expect(await after(draft.commit())).toEqual(IDS);
    expect(draft.getSnapshot()).toMatchObject({ state: "committed", isExpired: false, error: null });
  });

  test("of a draft that has expired makes nothing, whoever has the code", async () => {
    const { draft } = await readyDraft();
    service.sessions.clear();
    service.products.push({ ...IDS, productName: "Somebody else's cup" });
    expect(await after(draft.commit())).toBeNull();
    expect(draft.getSnapshot()).toMatchObject({
      state: null,
      isExpired: true,
      result: null,
      canCommit: false,
    });
  });

  test("is left alone once nobody watches, and followed again by who comes back", async () => {
    const { draft, leave } = await readyDraft();
    service.once("commit", held(connectionLost).respond);
    service.change({ state: "committing" });
    const committing = draft.commit();
    await pass();
    leave();
    expect(await after(committing)).toBeNull();
    expect(service.underway).toBe(0);
    const { length } = service.requests;
    await pass(60_000);
    expect(service.requests).toHaveLength(length);
    service.change({ state: "committed", ...IDS });
    draft.subscribe(() => undefined);
    await pass();
    expect(draft.getSnapshot()).toMatchObject({ result: IDS, error: null });
  });
});

describe("a reload", () => {
  test("resumes the draft of the tab", async () => {
    const { leave } = await readyDraft();
    leave();
    const { draft } = watchedDraft();
    await pass();
    expect(draft.getSnapshot()).toMatchObject({ percent: 50, session: { product: PRODUCT } });
  });

  test("in the middle of a commit shows how that ends", async () => {
    const { leave } = await readyDraft();
    leave();
    service.change({ state: "committing" });
    const { draft } = watchedDraft();
    await pass();
    expect(draft.getSnapshot()).toMatchObject({ state: "committing", result: null });
    service.change({ state: "committed", ...IDS });
    await pass(5_000);
    expect(draft.getSnapshot().result).toEqual(IDS);
  });

  test("of a commit that nobody waits for any longer asks no more", async () => {
    const { leave } = await readyDraft();
    leave();
    service.change({ state: "committing" });
    watchedDraft().leave();
    await pass(60_000);
    expect(service.count("GET progress")).toBe(0);
  });

  test("of a commit whose draft is gone leaves the next draft alone", async () => {
    const { leave } = await readyDraft();
    leave();
    service.change({ state: "committing" });
    const { draft } = watchedDraft();
    await pass();
    service.sessions.clear();
    const looking = held(() => json(200, { products: [] }));
    service.once("CUP", looking.respond);
    await pass(5_000);
    await after(draft.create());
    looking.release();
    await pass();
    expect(draft.getSnapshot()).toMatchObject({ state: "initiated", isExpired: false });
  });

  test("after a failed commit shows why it failed", async () => {
    const { draft: before, leave } = await readyDraft();
    service.commitsFailWith = ["Failed to commit session after 1 attempts", "The code is taken"];
    await after(before.commit());
    leave();
    const { draft } = watchedDraft();
    await pass();
    expect(draft.getSnapshot()).toMatchObject({ state: "failed", error: { code: "commit_failed" } });
  });

  test("after a success begins anew", async () => {
    const { draft: before, leave } = await readyDraft();
    await after(before.commit());
    leave();
    const { length } = service.requests;
    const { draft } = watchedDraft();
    await pass();
    expect(draft.getSnapshot().session).toBeNull();
    expect(service.requests).toHaveLength(length);
  });

  test("after the draft has expired says so, and begins anew only when it is told to", async () => {
    const { leave } = await readyDraft();
    leave();
    service.sessions.clear();
    const { draft } = watchedDraft();
    await pass();
    expect(draft.getSnapshot()).toMatchObject({ isExpired: true, error: null });
    expect(sessionStorage.length).toBe(0);
    await after(draft.create());
    expect(draft.getSnapshot()).toMatchObject({ isExpired: false, percent: 25 });
  });

  test("long after a commit that nobody heard shows the product", async () => {
    const { draft: before, leave } = await readyDraft();
    service.once("commit", service.commitUnheard);
    void before.commit();
    await pass(1);
    leave();
    await pass();
    service.sessions.clear();
    const { draft } = watchedDraft();
    await pass();
    expect(draft.getSnapshot()).toMatchObject({ state: "committed", result: IDS, isExpired: false });
    expect(sessionStorage.length).toBe(0);
  });

  test("of a gone draft is no expiry as long as the catalogue cannot be asked", async () => {
    const { leave } = await readyDraft();
    leave();
    service.sessions.clear();
    service.once("CUP", connectionLost);
    const { draft } = watchedDraft();
    await pass();
    expect(draft.getSnapshot()).toMatchObject({ isExpired: false, error: { code: "unreachable" } });
    await after(draft.resume());
    expect(draft.getSnapshot()).toMatchObject({ isExpired: true, error: null });
  });

  test("for progress that fails is no error any more once the draft turns out to be gone", async () => {
    const { draft } = await readyDraft();
    service.once("progress", () => json(503, { message: "Service temporarily unavailable" }));
    await after(draft.checkProgress());
    expect(draft.getSnapshot()).toMatchObject({ isExpired: false, error: { status: 503 } });
    service.sessions.clear();
    await after(draft.checkProgress());
    expect(draft.getSnapshot()).toMatchObject({ isExpired: true, error: null });
  });

  test("that goes on with one draft does not hold up the creation of another", async () => {
    const { leave } = await readyDraft();
    leave();
    service.sessions.clear();
    const { draft } = watchedDraft();
    expect(await after(draft.create())).toMatchObject({ state: "initiated" });
  });
});

test("a step of an expired draft says that it is expired, and keeps what was stored", async () => {
  const { draft } = await readyDraft();
  service.sessions.clear();
  expect(await after(draft.configureTarget({}))).toBeNull();
  expect(draft.getSnapshot()).toMatchObject({ isExpired: true, session: { product: PRODUCT } });
});

describe("a draft that was committed in another tab", () => {
  const NO_CHANGES = { statusCode: 400, message: "Cannot modify session in state committed" };

  test("is shown as committed, once its product is the same", async () => {
    const { draft } = await readyDraft();
    service.commitAll();
    service.once("product", () => json(400, NO_CHANGES));
    expect(await after(draft.addProduct({ ...PRODUCT, productCode: "cup " }))).toBeNull();
    expect(draft.getSnapshot()).toMatchObject({ state: "committed", result: IDS, error: null });
  });

  test("is shown as committed long after", async () => {
    const { draft } = await readyDraft();
    service.commitAll();
    service.sessions.clear();
    await after(draft.configureTarget({}));
    expect(draft.getSnapshot()).toMatchObject({ state: "committed", result: IDS, error: null });
  });

  test.for<[what: string, typed: ProductStep]>([
    ["another name", { product: { ...PRODUCT, productName: "Plate" } }],
    ["another audience", { product: PRODUCT, audienceTarget: { osot_province: [1] } }],
  ])("is gone for who typed %s before a reload", async ([, typed]) => {
    const { draft: before, leave } = await readyDraft();
    const { session } = before.getSnapshot();
    leave();
    service.commitAll();
    const draft = openDraft();
    const resumed = draft.resume(session?.sessionId, session, typed);
    draft.subscribe(() => undefined);
    expect(await after(resumed)).toBeNull();
    expect(draft.getSnapshot()).toMatchObject({ isExpired: true, result: null, error: null });
  });

  test.for(["soon", "long"])("is gone for who typed another product, %s after", async (when) => {
    const { draft } = await readyDraft();
    service.commitAll();
    if (when === "long") service.sessions.clear();
    else service.once("product", () => json(400, NO_CHANGES));
    expect(await after(draft.addProduct({ ...PRODUCT, productName: "Plate" }))).toBeNull();
    expect(draft.getSnapshot()).toMatchObject({ isExpired: true, result: null, error: null });
  });
});

test("a target that another tab has configured is known after the next product", async () => {
  const { draft } = await readyDraft();
  service.once("product", () => json(200, { sessionId: "draft-1", state: "target-configured" }));
  await after(draft.addProduct(PRODUCT));
  expect(draft.getSnapshot()).toMatchObject({ percent: 75, steps: { targetConfigured: true } });
});

test("a step refused for a state that the draft is still in says why", async () => {
  const { draft } = await readyDraft();
  service.once("product", () => json(409, { message: "Try again later" }));
  expect(await after(draft.addProduct(PRODUCT))).toBeNull();
  expect(draft.getSnapshot()).toMatchObject({ percent: 50, error: { message: "Try again later" } });
});

test("a service without product drafts is an error, not an expired draft", async () => {
  const draft = openDraft();
  service.once("create", () => json(404, { detail: "There is no such path." }));
  expect(await after(draft.create())).toBeNull();
  expect(draft.getSnapshot()).toMatchObject({ isExpired: false, error: { status: 404 } });
});

test("the progress can be asked for at any time", async () => {
  const { draft } = await readyDraft();
  expect(await after(draft.checkProgress())).toMatchObject({ progressPercent: 50, canCommit: true });
});

describe("a code", () => {
  const taken = (...codes: string[]) =>
    service.products.push(...codes.map((productCode) => ({ productCode })));

  test.for([
    ["cup ", { code: "CUP", isFree: true, proposal: null }],
    ["Plate", { code: "PLATE", isFree: false, proposal: "PLATE-3" }],
    ["PLATE-2", { code: "PLATE-2", isFree: false, proposal: "PLATE-3" }],
    ["BOOK-2026", { code: "BOOK-2026", isFree: false, proposal: "BOOK-2026-2" }],
  ] as const)("%s is looked up, and a free one is proposed if it is taken", async ([code, found]) => {
    taken("PLATE", "PLATE-2", "BOOK-2026");
    expect(await after(checkCode(openClient(), code), 200)).toEqual(found);
  });

  test("proposed for the longest code is not longer", async () => {
    const longest = "C".repeat(255);
    expect(await after(proposeCode(openClient(), longest))).toBe(`${"C".repeat(253)}-2`);
  });
});
