import { expect, test } from "vitest";
import { filtersIn, searchOf } from "../src/drafts/product/list/filters";

test("filters go into the address and come back from it", () => {
  const search = searchOf({ status: "0", category: "", code: " osot-1 " });
  expect(search.toString()).toBe("status=0&code=osot-1");
  expect(filtersIn(search)).toEqual({ status: 0, productCode: "osot-1" });
});

test("what is no code of the service's kind filters nothing", () => {
  expect(filtersIn(new URLSearchParams("status=open&category=-1&code="))).toEqual({});
});
