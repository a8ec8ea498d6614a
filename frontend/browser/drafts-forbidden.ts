import type { Page, Route } from "playwright-core";
import { fill, next } from "./education-form.ts";
import { giveToken, price, toReview } from "./product-wizard.ts";
import { button, heading, prepare } from "./project-page.ts";
import { assert, type Stage } from "./stage.ts";

const WHO_PREPARES = "Only people with the privilege Admin or Main prepare products.";
const WHOSE_PROJECT = "A project belongs to whoever began it.";

/** That pages say who may do something, and lead nobody else to it. */
export const forbiddenScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async listLeadsNowhereForThoseWhoMayNot({ open }) {
    const page = await open("/drafts");
    for (const [list, calls, who, begin] of [
      ["All products", /\/private\/products\?/, WHO_PREPARES, "New product"],
      ["All projects", /\/api\/projects\?/, WHOSE_PROJECT, "New project"],
    ] as const) {
      await page.route(calls, refuse);
      await page.getByRole("link", { name: list }).click();
      await page.getByText(who).waitFor();
      assert((await page.getByRole("link", { name: begin }).count()) === 0, `it leads to "${begin}"`);
      await page.unroute(calls);
      await page.goBack();
    }
  },

  async productLeadsNowhereForThoseWhoMayNot({ open }) {
    const page = await open("/drafts/product");
    await toReview(page, "nowhere");
    const steps = page.getByRole("navigation", { name: "Steps" });
    await steps.getByRole("button", { name: "Prices" }).click();
    await price(page).fill("13");
    await page.route("**/session/*/product", refuse);
    await steps.getByRole("button", { name: "Audience" }).click();
    await page.getByText("Only people with the privilege Admin or Main prepare products.").waitFor();
    const back = steps.getByRole("button", { name: "Details" });
    assert((await steps.getByRole("button").count()) === 1, "the steps lead ahead");
    await back.click();
    await page.getByRole("heading", { name: "Details", level: 2 }).waitFor();
    assert((await steps.getByRole("button").count()) === 0, "the steps lead ahead from there");
    assert(await page.getByRole("button", { name: "Next: prices" }).isDisabled(), "the form leads ahead");
  },

  async projectLeadsNowhereForThoseWhoMayNot({ open }) {
    const page = await open("/drafts/project");
    await prepare(page, "Nowhere", 2);
    await heading(page, "Documents");
    await page.route("**/api/project-session/**", refuse);
    await button(page, "Next").click();
    await page.getByText(WHOSE_PROJECT).waitFor();
    await disabled(page, "Next");
    await disabled(page, "To the review");
    await heading(page, "Documents");
    const steps = page.getByRole("navigation", { name: "Steps" }).getByRole("button");
    assert((await steps.allTextContents()).join() === "Details, done", "the steps lead ahead");
    await button(page, "Back").click();
    await heading(page, "Details");
    await page.locator("#projectName").fill("Another name");
    await disabled(page, "Next");
    await page.getByText(WHOSE_PROJECT).waitFor();
  },

  async educationLeadsNowhereForThoseWhoMayNot({ open, call }) {
    const page = await open(`${String(await call("other"))}/drafts/education`);
    const admin = String(await call("token", { privilege: 2 }));
    await giveToken(page, admin);
    await page.route("**/orchestrator/stage", refuse, { times: 1 });
    await fill(page, "0000123");
    await next(page, "Save the data").click();
    await page.getByText("Owners register themselves.").waitFor();
    await disabled(page, "Save the data");
    // That may be allowed.
    await page.getByLabel("Notes").fill("Another text");
    await next(page, "Save the data").click();
    await page.getByRole("button", { name: "Do all remaining steps" }).click();
    await page.getByText("Owners register themselves.").waitFor();
    await disabled(page, "Do all remaining steps");
    for (const step of ["Check all rules", "Determine the category", "Link the account"]) {
      await next(page, step).click();
    }
    await next(page, "Create the record").click();
    await page.getByText("Owners register themselves.").waitFor();
    await disabled(page, "Create the record");
    await page.getByLabel("Notes").fill("A third text");
    await next(page, "Save the changes").click();
    await next(page, "Check all rules").waitFor();
  },
};

function refuse(route: Route): Promise<void> {
  return route.fulfill({ status: 403, json: { message: "Forbidden" } });
}

async function disabled(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true, disabled: true }).waitFor();
}
