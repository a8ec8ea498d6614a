import { DraftError } from "assembly-service-client/drafts";
import { expect, test } from "vitest";
import { showErrors } from "../src/drafts/shared/errors";
import { type Field, FieldSet } from "../src/drafts/shared/fields";
import { numberIn } from "../src/drafts/shared/inputs/numberIn";
import { problemOf, UNFINISHED } from "../src/drafts/shared/problems";

const plain: Field = {
  name: "any",
  title: "It",
  description: "",
  group: "",
  kind: "text",
  isRequired: false,
  codes: [],
};

const cases: [string, Partial<Field>, unknown, string | null][] = [
  ["nothing, not required", { minLength: 3 }, "  ", null],
  ["nothing, required", { isRequired: true }, "  ", "It is required."],
  ["no code, required", { kind: "code", isRequired: true }, null, "It is required."],
  ["no codes, required", { kind: "codes", isRequired: true }, [], "It is required."],
  ["a text too short", { minLength: 3, maxLength: 9 }, " ab ", "It must be 3 to 9 characters long."],
  ["a text too long", { maxLength: 3 }, "abcd", "It must be at most 3 characters long."],
  ["characters of two units each", { maxLength: 2 }, "👗👗", null],
  [
    "a text of another form",
    { pattern: "^[0-9]{4}$", description: "Four digits." },
    "26",
    "It does not have the right form (Four digits).",
  ],
  ["a forbidden character", { pattern: "^[^\\x00-\\x1f]*$" }, "a\tb", "It has characters that are not allowed."],
  ["a pattern of another language", { pattern: "(?P<x>a)" }, "b", null],
  ["a number that is none", { kind: "number" }, "12,5", "It must be a number, such as 12.5."],
  ["zero", { kind: "number", isRequired: true, minimum: 0 }, 0, null],
  ["a number too large", { kind: "number", minimum: 0, maximum: 9 }, 9.5, "It must be between 0 and 9."],
  ["a negative number", { kind: "number", minimum: 0 }, -1, "It must be at least 0."],
  ["a number on an open bound", { kind: "number", above: 0 }, 0, "It must be above 0."],
  ["a number at an open end", { kind: "number", below: 5 }, 5, "It must be below 5."],
  ["three decimals", { kind: "number", decimals: 2 }, 1.005, "It must have at most 2 decimals."],
  ["two decimals", { kind: "number", decimals: 2 }, 1.1, null],
  ["a tiny number", { kind: "number", decimals: 2 }, 1e-7, "It must have at most 2 decimals."],
  ["a huge number", { kind: "number", decimals: 2 }, 1e21, null],
  ["half of a whole", { kind: "number", decimals: 0 }, 1.5, "It must be a whole number."],
  ["an unknown code", { kind: "code", codes: [{ value: 0, label: "A" }] }, 1, "It must be one of the list."],
  ["a code that is zero", { kind: "code", codes: [{ value: 0, label: "A" }] }, 0, null],
  ["an unknown one of several", { kind: "codes" }, [7], "It must be of the list."],
  [
    "too many",
    { kind: "codes", maxItems: 1, codes: [{ value: 0, label: "A" }] },
    [0, 0],
    "It may have at most 1 entries.",
  ],
  ["a day", { kind: "date" }, "2028-02-29", null],
  [
    "a part of a day",
    { kind: "date" },
    UNFINISHED,
    "It is not finished: give day, month and year, or none of them.",
  ],
  ["no day", { kind: "date" }, "2027-02-29", "It must be a calendar date, YYYY-MM-DD."],
];

test.each(cases)("%s", (_, bounds, value, expected) => {
  expect(problemOf({ ...plain, ...bounds }, value)).toBe(expected);
});

test.each([
  ["", null],
  [" 12 ", 12],
  ["12.", 12],
  [".5", 0.5],
  ["-1.50", -1.5],
  ["12,5", 12.5],
  ["-0,50", -0.5],
  ["1,000", "1,000"],
  ["1,2,3", "1,2,3"],
  ["1e3", "1e3"],
  ["0x10", "0x10"],
])("the number in %j is %j", (text, expected) => {
  expect(numberIn(text)).toBe(expected);
});

test("what the service says of a field is a whole sentence that names the field as the form does", () => {
  const said = { status: 400, code: "invalid", message: "" };
  const fields = { productName: "productName is too long", year: "A year is needed." };
  const error = new DraftError({ ...said, fields });
  const shown: Record<string, string | undefined> = {};
  const titled = new FieldSet([{ name: "productName", title: "Name" } as Field]);
  showErrors((name, { message }) => void (shown[name] = message), error, titled);
  expect(shown).toEqual({ productName: "Name is too long.", year: "A year is needed." });
});
