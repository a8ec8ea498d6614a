import { expect, test } from "vitest";
import { problemOfStart } from "../src/drafts/project/startDate";

test.each([
  ["2026-11-29", "The start date must be today or later: in UTC it is 2026-11-30."],
  ["2026-11-30", null],
  ["", null],
])("a project that begins on %j, late in Toronto's evening", (day, expected) => {
  expect(problemOfStart(day, Date.parse("2026-11-29T21:00:00-05:00"))).toBe(expected);
});
