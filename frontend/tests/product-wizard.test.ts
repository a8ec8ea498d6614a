import { expect, test, vi } from "vitest";
import {
  audienceCount,
  audienceInput,
  audienceSentence,
  chosenIn,
  groupsOf,
} from "../src/drafts/product/audience";
import {
  DETAIL_FIELDS,
  problemsAcross,
  productInput,
  SALE_FIELDS,
} from "../src/drafts/product/productForm";
import { restoredWizard } from "../src/drafts/product/wizard/kept";
import { productProblems } from "../src/drafts/product/wizard/resolver";
import {
  stepsAfter,
  planOf,
  readSteps,
  FIRST_STEP,
  stateOf,
  type StepsState,
} from "../src/drafts/product/wizard/steps";
import { untilReached } from "../src/drafts/product/wizard/untilReached";
import { type Field, FieldSet } from "../src/drafts/shared/fields";

const passed = (steps: StepsState, as: "done" | "skipped" = "done") =>
  stepsAfter(steps, { type: "passed", step: steps.current, as });

test("there are four steps, and the audience may be skipped", () => {
  const steps = passed(passed(passed(FIRST_STEP)), "skipped");
  expect(steps.current).toBe("review");
  expect(stateOf(steps, "details")).toBe("done");
  expect(stateOf(steps, "audience")).toBe("skipped");
  expect(passed(steps).current).toBe("review");
});

test("a step cannot be gone to before the ones ahead of it are passed", () => {
  expect(stepsAfter(FIRST_STEP, { type: "went", to: "review" })).toBe(FIRST_STEP);
  const steps = passed(FIRST_STEP);
  expect(stepsAfter(steps, { type: "went", to: "details" }).current).toBe("details");
  expect(stepsAfter(steps, { type: "went", to: "audience" }).current).toBe("sale");
  const ahead = { type: "passed", step: "sale", as: "done", to: "review" } as const;
  expect(stepsAfter(steps, ahead).current).toBe("audience");
});

test("a step that is refused is open again, and what follows it stays passed", () => {
  const refused = stepsAfter(passed(passed(passed(FIRST_STEP))), { type: "refused", at: "details" });
  expect(refused.current).toBe("details");
  expect(stepsAfter(refused, { type: "went", to: "review" }).current).toBe("details");
  const event = { type: "passed", step: "details", as: "done", to: "review" } as const;
  expect(stepsAfter(refused, event).current).toBe("review");
});

test("a step that is passed after people have gone elsewhere takes them nowhere", () => {
  const back = stepsAfter(passed(FIRST_STEP), { type: "went", to: "details" });
  const late = stepsAfter(back, { type: "passed", step: "sale", as: "done" });
  expect(late).toEqual({ current: "details", passed: { details: "done", sale: "done" } });
});

test("kept steps are gone on with, and those that make no sense begin anew", () => {
  const steps = passed(passed(FIRST_STEP));
  expect(readSteps(JSON.parse(JSON.stringify(steps)))).toEqual(steps);
  for (const broken of [null, 3, {}, { current: "end", passed: {} }, { ...steps, passed: {} }]) {
    expect(readSteps(broken)).toEqual(FIRST_STEP);
  }
});

test("a product is sent without what was left empty, and with zero and false", () => {
  const values = { productName: " Cup ", productCategory: 0, generalPrice: 0, taxes: NaN };
  const left = { productPicture: " ", insuranceType: null, activeMembershipOnly: false };
  expect(productInput({ ...values, ...left })).toEqual({
    productName: "Cup",
    productCategory: 0,
    generalPrice: 0,
    activeMembershipOnly: false,
  });
});

test("every field of a product is asked for once", () => {
  const fields = [...DETAIL_FIELDS, ...SALE_FIELDS];
  expect(new Set(fields).size).toBe(fields.length);
  expect(fields.length).toBe(37);
});

test("what is wrong between fields is told before anything is sent", () => {
  expect(problemsAcross({ generalPrice: 0 })).toEqual({});
  expect(Object.keys(problemsAcross({ taxes: 13 }))).toEqual(["generalPrice"]);
  expect(Object.keys(problemsAcross({ otStuPrice: 1, productCategory: 1 }))).toEqual([
    "insuranceType",
    "insuranceLimit",
  ]);
  const insured = { otStuPrice: 1, productCategory: 1, insuranceType: 2, insuranceLimit: 0 };
  expect(problemsAcross(insured)).toEqual({});
  const days = { otStuPrice: 1, startDate: "2026-11-20" };
  expect(problemsAcross({ ...days, endDate: "2026-11-20" })).toEqual({});
  expect(Object.keys(problemsAcross({ ...days, endDate: "2026-11-19" }))).toEqual(["endDate"]);
});

const places = [
  { value: 0, label: "N/A" },
  { value: 1, label: "Ontario" },
  { value: 11, label: "Quebec" },
];
const years = [...Array(9).keys()].map((value) => ({ value, label: `${2000 + value}` }));
const field = (name: string, title: string, more: Partial<Field>): Field => ({
  ...{ name, title, description: "", group: "", kind: "codes", isRequired: false, codes: [] },
  ...more,
});
const criteria = [
  field("osot_province", "Province", { codes: places }),
  field("osot_ot_grad_year", "COTO year", { codes: years }),
];

test("the preview of an audience says how much is chosen, and who will see it", () => {
  expect(audienceSentence([], "any")).toBe("Everyone will see this product.");
  const one = chosenIn({ osot_province: [11, 1], osot_language: [] }, criteria);
  expect(one).toEqual([
    { title: "Province", labels: ["Ontario", "Quebec"], outOf: 3 },
  ]);
  expect(audienceCount(one)).toBe("1 criterion, 2 values");
  expect(audienceSentence(one, "any")).toBe(
    "Only people with this will see it: province Ontario or Quebec.",
  );
  const two = chosenIn({ osot_province: [1], osot_ot_grad_year: [0, 1, 2, 3, 4, 5] }, criteria);
  expect(audienceCount(two)).toBe("2 criteria, 7 values");
  const what = "province Ontario; COTO year 2000, 2001, 2002, 2003 or 2 more.";
  expect(audienceSentence(two, "any")).toBe(
    `Only people with at least one of these will see it: ${what}`,
  );
  expect(audienceSentence(two, "all")).toBe(`Only people with all of these will see it: ${what}`);
});

test("the headings of criteria are written as those of a page, and their abbreviations stay", () => {
  const criteria = ["Account Group", "Education OT", "Account Group"].map((group) => ({ group }) as Field);
  const groups = groupsOf(criteria).map(([heading, fields]) => [heading, fields.length]);
  expect(groups).toEqual([["Account group", 2], ["Education OT", 1]]);
});

test("criteria that are off are not sent", () => {
  expect(audienceInput({ osot_province: [0], osot_race: [] })).toEqual({ osot_province: [0] });
});

const fields = {
  product: new FieldSet([
    field("productName", "Name", { kind: "text", isRequired: true, minLength: 3 }),
    field("productCode", "Code", { kind: "text", isRequired: true, minLength: 3 }),
    field("generalPrice", "Price", { kind: "number", decimals: 2 }),
    field("taxes", "Taxes", { kind: "number", default: 13 }),
    field("activeMembershipOnly", "Members", { kind: "flag" }),
  ]),
  audience: new FieldSet(criteria),
};

test("what was kept comes back into the fields of today, and the rest begins with its defaults", () => {
  const steps = passed(FIRST_STEP);
  const kept = {
    product: { productName: "Cup", generalPrice: { broken: 1 }, priceOntario: 3 },
    audience: { osot_province: [1], osot_race: [2], osot_ot_grad_year: 7 },
    steps,
    session: { sessionId: "1-2" },
  };
  expect(restoredWizard(fields, kept as never)).toEqual({
    product: {
      productName: "Cup",
      productCode: "",
      generalPrice: null,
      taxes: 13,
      activeMembershipOnly: false,
    },
    audience: { osot_province: [1], osot_ot_grad_year: [] },
    steps,
    session: { sessionId: "1-2" },
    isSaved: false,
  });
  expect(restoredWizard(fields, null).steps).toEqual(FIRST_STEP);
  expect(restoredWizard(fields, { ...kept, isSaved: true } as never).isSaved).toBe(true);
});

test("a product is checked as a whole, and a code that is known to be taken is refused", () => {
  const { product } = restoredWizard(fields, null);
  expect(Object.keys(productProblems(fields.product, product, () => false))).toEqual([
    "productName",
    "productCode",
    "generalPrice",
  ]);
  const whole = { ...product, productName: "Cup", productCode: " cup-1 ", generalPrice: 0 };
  expect(productProblems(fields.product, whole, () => false)).toEqual({});
  expect(productProblems(fields.product, whole, (code) => code === "CUP-1")).toEqual({
    productCode: "The code CUP-1 is taken.",
  });
});

test("nothing is sent before the product is complete, and no audience that nobody was asked for", () => {
  expect(planOf(passed(FIRST_STEP))).toEqual({ product: false, audience: null });
  const sale = passed(passed(FIRST_STEP));
  expect(planOf(sale)).toEqual({ product: true, audience: null });
  expect(planOf(passed(sale, "skipped"))).toEqual({ product: true, audience: "skipped" });
  const refused = stepsAfter(passed(sale), { type: "refused", at: "details" });
  expect(planOf(refused)).toEqual({ product: false, audience: null });
});

test("what gets no answer is tried again until there is one, and no longer than the page lives", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("addEventListener", vi.fn());
  vi.stubGlobal("removeEventListener", vi.fn());
  const leaving = new AbortController();
  const { signal } = leaving;
  let tries = 0;
  const act = async () => (tries += 1);
  const onOffline = vi.fn();
  const reached = untilReached({ act, isUnreached: () => tries < 3, onOffline, signal });
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await reached).toBe(3);
  expect(onOffline).toHaveBeenCalledTimes(2);
  const given = untilReached({ act, isUnreached: () => true, onOffline, signal });
  await vi.advanceTimersByTimeAsync(0);
  leaving.abort();
  expect(await given).toBe(4);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
