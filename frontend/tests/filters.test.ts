import { expect, test } from "vitest";
import { readFilters, withFilters } from "../src/flow/filters";

test("filters survive the way into an address and back", () => {
  for (const filters of [{}, { queue: "caption" }, { reason: "not_json" }] as const) {
    const address = withFilters(new URLSearchParams(), filters).toString();
    expect(readFilters(new URLSearchParams(address))).toEqual(filters);
  }
});

test("what is no filter is left out", () => {
  expect(readFilters(new URLSearchParams("queue=orders&reason=<b>&page=2"))).toEqual({});
});

test("a filter that is taken away leaves the rest of the address as it is", () => {
  const before = new URLSearchParams("queue=caption&reason=not_json&zoom=2");
  expect(withFilters(before, { queue: "caption" }).toString()).toBe("queue=caption&zoom=2");
});
