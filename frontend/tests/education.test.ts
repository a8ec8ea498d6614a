import type { EducationSession } from "assembly-service-client/drafts";
import { describe, expect, test } from "vitest";
import { stepsOf } from "../src/drafts/education/actions";
import {
  EMPTY,
  type EducationValues,
  formFields,
  inputOf,
  isChanged,
  valuesOf,
} from "../src/drafts/education/educationForm";
import { FieldSet } from "../src/drafts/shared/fields";

const VALUES: EducationValues = {
  ...EMPTY,
  userBusinessId: " osot-1 ",
  cotoStatus: 0,
  university: 0,
  country: 0,
  graduationYear: 2026,
  accountId: "account-1",
};
const SESSION = {
  progress: { staged: true, validated: false },
  accountId: "account-1",
  data: {
    userBusinessId: "osot-1",
    cotoStatus: 4,
    cotoRegistration: "AB123456",
    degreeType: 3,
    university: 5,
    graduationYear: 50,
    country: 1,
    accessModifier: 3,
  },
} as unknown as EducationSession;

test.each([
  [1950, 1],
  [1959, 1],
  [1960, 2],
  [1979, 3],
  [1980, 4],
  [2026, 50],
  [9999, 8023],
])("a graduation in %i is sent as the code %i", (graduationYear, code) => {
  expect(inputOf({ ...VALUES, graduationYear }).graduationYear).toBe(code);
});

test("texts are sent trimmed, blank ones as absent, and codes of 0 as they are", () => {
  expect(inputOf({ ...VALUES, cotoRegistration: " ", notes: "" })).toEqual({
    userBusinessId: "osot-1",
    cotoStatus: 0,
    cotoRegistration: null,
    degreeType: 3,
    university: 0,
    graduationYear: 50,
    country: 0,
    notes: null,
    accessModifier: 3,
  });
});

describe("a form that was filled from a session", () => {
  const values = valuesOf(SESSION);

  test("shows the year, and has not changed", () => {
    expect(values).toMatchObject({ graduationYear: 2026, notes: "", accountId: "account-1" });
    expect(isChanged(values, SESSION)).toBe(false);
    expect(isChanged({ ...values, cotoRegistration: " ab123456" }, SESSION)).toBe(false);
  });

  test("has changed with any other value, even one of 0", () => {
    expect(isChanged({ ...values, country: 0 }, SESSION)).toBe(true);
    expect(isChanged({ ...values, notes: "A year of exchange" }, SESSION)).toBe(true);
  });

  test("keeps the period of a graduation before 1980", () => {
    for (const graduationYear of [1, 2, 3]) {
      const session = { ...SESSION, data: { ...SESSION.data, graduationYear } };
      expect(inputOf(valuesOf(session)).graduationYear).toBe(graduationYear);
    }
  });
});

test("an account is a UUID, and needed only later", () => {
  const { pattern = "", isRequired } = formFields(new FieldSet([])).get("accountId");
  expect(isRequired).toBe(false);
  expect(pattern && new RegExp(pattern, "u").test("0F8FAD5B-d9cb-469f-a165-000000000123")).toBe(true);
  expect(new RegExp(pattern, "u").test("account")).toBe(false);
});

test("the first step that is not done is the current one", () => {
  const states = (session: EducationSession | null) => stepsOf(session).map(({ state }) => state);
  expect(states(null)).toEqual(["current", "open", "open", "open", "open"]);
  expect(states(SESSION)).toEqual(["done", "current", "open", "open", "open"]);
});
