import { expect, test } from "vitest";
import {
  audienceCount,
  audienceInput,
  audienceSentence,
  chosenIn,
  CRITERION_FIELDS,
} from "../src/drafts/product/audience";
import { nextCode } from "../src/drafts/product/codes";
import {
  DETAIL_FIELDS,
  problemsAcross,
  productInput,
  SALE_FIELDS,
} from "../src/drafts/product/productForm";
import { onTheWay, readWay, START, stateOf, type Way } from "../src/drafts/product/wizard/steps";

const passed = (way: Way, as: "done" | "skipped" = "done") => onTheWay(way, { type: "passed", as });

test("the way leads through four steps, and the audience may be skipped", () => {
  const way = passed(passed(passed(START)), "skipped");
  expect(way.current).toBe("review");
  expect(stateOf(way, "details")).toBe("done");
  expect(stateOf(way, "audience")).toBe("skipped");
  expect(passed(way).current).toBe("review");
});

test("a step cannot be gone to before the ones ahead of it are passed", () => {
  expect(onTheWay(START, { type: "went", to: "review" })).toBe(START);
  const way = passed(START);
  expect(onTheWay(way, { type: "went", to: "details" }).current).toBe("details");
  expect(onTheWay(way, { type: "went", to: "audience" }).current).toBe("sale");
  expect(onTheWay(way, { type: "passed", as: "done", to: "review" }).current).toBe("audience");
});

test("a step that is refused is open again, and what follows it stays passed", () => {
  const refused = onTheWay(passed(passed(passed(START))), { type: "refused", at: "details" });
  expect(refused.current).toBe("details");
  expect(onTheWay(refused, { type: "went", to: "review" }).current).toBe("details");
  const mended = onTheWay(refused, { type: "passed", as: "done", to: "review" });
  expect(mended.current).toBe("review");
});

test("a way that was kept is gone on with, and one that makes no sense begins anew", () => {
  const way = passed(passed(START));
  expect(readWay(JSON.parse(JSON.stringify(way)))).toEqual(way);
  for (const broken of [null, 3, {}, { current: "end", passed: {} }, { ...way, passed: {} }]) {
    expect(readWay(broken)).toEqual(START);
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

test("every field of a product and every criterion is asked for once", () => {
  const fields = [...DETAIL_FIELDS, ...SALE_FIELDS];
  expect(new Set(fields).size).toBe(fields.length);
  expect(fields.length).toBe(37);
  expect(new Set(CRITERION_FIELDS).size).toBe(34);
  expect(CRITERION_FIELDS.length).toBe(34);
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

test("the code that is proposed is the next one, and a year stays a year", () => {
  expect(nextCode("PROD-000123")).toBe("PROD-000124");
  expect(nextCode("OSOT-PRD-999999")).toBe("OSOT-PRD-1000000");
  expect(nextCode("WORKSHOP-2026")).toBe("WORKSHOP-2026-2");
  expect(nextCode("WORKSHOP-2026-2")).toBe("WORKSHOP-2026-3");
  expect(nextCode("CUP")).toBe("CUP-2");
  expect(nextCode("X".repeat(255))).toHaveLength(255);
  expect(nextCode(`${"X".repeat(254)}9`)).toHaveLength(255);
});

const places = [
  { value: 0, label: "N/A" },
  { value: 1, label: "Ontario" },
  { value: 11, label: "Quebec" },
];
const years = [...Array(9).keys()].map((value) => ({ value, label: `${2000 + value}` }));
const choicesOf = (name: string) =>
  name === "osot_province"
    ? { title: "Province", codes: places }
    : { title: "COTO year", codes: years };

test("the preview of an audience says how much is chosen, and who will see it", () => {
  expect(audienceSentence([], "any")).toBe("Everyone will see this product.");
  const one = chosenIn({ osot_province: [11, 1], osot_language: [] }, choicesOf);
  expect(one).toEqual([
    { name: "osot_province", title: "Province", labels: ["Ontario", "Quebec"], outOf: 3 },
  ]);
  expect(audienceCount(one)).toBe("1 criterion, 2 values");
  expect(audienceSentence(one, "any")).toBe(
    "Only people with this will see it: province Ontario or Quebec.",
  );
  const two = chosenIn({ osot_province: [1], osot_ot_grad_year: [0, 1, 2, 3, 4, 5] }, choicesOf);
  expect(audienceCount(two)).toBe("2 criteria, 7 values");
  const what = "province Ontario; COTO year 2000, 2001, 2002, 2003 or 2 more.";
  expect(audienceSentence(two, "any")).toBe(
    `Only people with at least one of these will see it: ${what}`,
  );
  expect(audienceSentence(two, "all")).toBe(`Only people with all of these will see it: ${what}`);
});

test("criteria that are off are not sent", () => {
  expect(audienceInput({ osot_province: [0], osot_race: [] })).toEqual({ osot_province: [0] });
});
