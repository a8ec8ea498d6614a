// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { createDraftClient } from "../../src/drafts/index.js";
import { SERVICE_URL, tokenOf } from "./stage.js";

test.for([
  "/private/products",
  "/api/projects",
  "/ot-education/orchestrator/sessions?userBusinessId=osot-0000123",
])("a person is admitted to %s", async (path) => {
  const client = createDraftClient({ url: SERVICE_URL, token: () => tokenOf() });
  expect(await client.call("GET", path)).toMatchObject({ status: 200 });
});
