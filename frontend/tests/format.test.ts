import { expect, test } from "vitest";
import { age, counted, figure, span, sum } from "../src/flow/format";

test("what cannot be read is a question mark, never a zero", () => {
  expect(figure(null)).toBe("?");
  expect(counted(undefined, "orphan")).toBe("? orphans");
  expect(sum(3, null)).toBeNull();
});

test("one is counted in the singular, all else in the plural", () => {
  expect(counted(0, "letter")).toBe("0 letters");
  expect(counted(1, "letter")).toBe("1 letter");
  expect(counted(2, "delivery", "deliveries")).toBe("2 deliveries");
});

test("a span is told in its largest whole unit", () => {
  expect([0, 999, 59_999, 60_000, 3_599_999, 86_400_000 * 2.9].map(span)).toEqual([
    "0 s",
    "0 s",
    "59 s",
    "1 min",
    "59 min",
    "2 d",
  ]);
});

test("an instant that clocks put into the future is no time ago", () => {
  expect(age("2026-01-01T00:00:05Z", "2026-01-01T00:00:00Z")).toBe("0 s");
});
