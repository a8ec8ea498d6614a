import { expect, test } from "vitest";
import { systemAt } from "../src/drafts/shared/systems";

test.each([
  ["/drafts/product", "PRODUCT_DRAFTS"],
  ["/drafts/products/some-guid", "PRODUCT_DRAFTS"],
  ["/drafts/project", "PROJECT_SESSIONS"],
  ["/drafts/projects", "PROJECT_SESSIONS"],
  ["/drafts/education/records/7", "EDUCATION_REGISTRATION"],
  ["/drafts", undefined],
])("%s is a page of the system that %s switches on", (path, setting) => {
  expect(systemAt(path)?.setting).toBe(setting);
});
