import { expect, test } from "vitest";
import { needsToken, systemAt } from "../src/drafts/shared/systems";

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

test.each([
  [[{ bearerToken: [] }], true],
  [[{}, { bearerToken: [] }], false],
  [[], false],
])("where the calls of a project say %j, a token is asked for beforehand: %s", (security, isNeeded) => {
  const system = systemAt("/drafts/project")!;
  const paths = { "/api/project-session": { post: { security } } };
  expect(needsToken(system, { paths })).toBe(isNeeded);
});
