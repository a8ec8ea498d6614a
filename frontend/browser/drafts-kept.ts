import type { Page } from "playwright-core";
import { account, fill, next as nextStep } from "./education-form.ts";
import {
  asksBeforeLeaving,
  fillDetails,
  giveToken,
  heading,
  next,
  price,
  publish,
  toReview,
} from "./product-wizard.ts";
import { DETAILS, saved } from "./project-page.ts";
import { assert, cards, type Stage } from "./stage.ts";

const NOT_KEPT = "What you type is not kept";

/** What people are asked before text is lost, and where a browser forbids its storage. */
export const keptScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async productAsksOnlyBeforeTextIsLost(stage) {
    const page = await stage.open("/drafts/product");
    await fillDetails(page, "asks");
    await next(page, "prices");
    await price(page).fill("12");
    assert(await asksBeforeLeaving(page), "what the service does not have is left without a question");
    await next(page, "audience");
    await heading(page, "Audience", "50 %");
    await page.reload();
    await page.getByText("What you typed before is here again.").waitFor();
    await heading(page, "Audience", "50 %");
    await page.getByRole("button", { name: "Back" }).click();
    await price(page).fill("13");
    assert(await asksBeforeLeaving(page), "what was typed since is left without a question");
    await next(page, "audience");
    await heading(page, "Audience", "50 %");
    await page.reload();
    await heading(page, "Audience", "50 %");
    // A browser asks only where something was done.
    await page.getByLabel("Find a criterion").click();
    assert(!(await asksBeforeLeaving(page)), "a draft that is saved asks before it is left");
  },

  async allPagesWorkWithoutStorage(stage) {
    await stage.call("send", "unkept", 1, { title: "A cup" });
    const page = await withoutStorage(stage, "/shop/unkept");
    await cards(page).first().waitFor();
    for (const [path, name] of [
      ["/", "Two halves in"],
      ["/docs", "Guides"],
      ["/flow", "Flow"],
      ["/drafts", "Drafts"],
      ["/drafts/products", "Products"],
      ["/drafts/projects", "Projects"],
    ] as const) {
      await page.goto(new URL(path, page.url()).href);
      await page.getByRole("heading", { level: 1, name }).waitFor();
    }
    await page.goto(new URL("/api/docs", page.url()).href);
    await page.getByText("/api/v1/shop").first().waitFor();
  },

  async productWithoutStorage(stage) {
    const page = await withoutStorage(stage, "/drafts/product");
    await page.getByText(NOT_KEPT).waitFor();
    await toReview(page, "unkept");
    // The draft is saved, but nothing leads back to it.
    await staysInstead(page);
    await heading(page, "Review", "50 %");
    await publish(page);
    await page.getByRole("heading", { name: "UNKEPT is published" }).waitFor();
    assert(!(await page.getByText(NOT_KEPT).isVisible()), "what is published is said to be lost");
    await page.getByRole("link", { name: "Go to the product" }).click();
    await page.getByRole("button", { name: "Change details" }).waitFor();
  },

  async projectWithoutStorage(stage) {
    const page = await withoutStorage(stage, "/drafts/project");
    await page.getByText(NOT_KEPT).waitFor();
    await page.locator("#projectName").fill(DETAILS.projectName);
    await saved(page);
    await staysInstead(page);
    assert(await asksBeforeLeaving(page), "it is left without a question");
  },

  async educationWithoutStorage(stage) {
    const page = await withoutStorage(stage, "/drafts/education");
    await page.getByText(NOT_KEPT).waitFor();
    await fill(page, "0000123");
    await staysInstead(page);
    assert(await asksBeforeLeaving(page), "it is left without a question");
    await account(page).fill("");
    await nextStep(page, "Save the data").click();
    await nextStep(page, "Check all rules").waitFor();
    // It is among the open registrations from now on.
    assert(!(await asksBeforeLeaving(page)), "what is saved asks before it is left");
  },

  async storageFillsUp(stage) {
    const name: Record<string, string> = {
      product: "#productName",
      project: "#projectName",
      education: "#userBusinessId",
    };
    for (const [system, field] of Object.entries(name)) {
      const page = await stage.open(`/drafts/${system}`);
      await page.locator(field).fill("A");
      await fillStorage(page);
      await page.locator(field).fill("A text that has no room");
      await page.getByText(NOT_KEPT).waitFor();
      // A project is saved all the same.
      await page.getByText(/^(Not saved yet|Saved at .*)$/).waitFor();
      await staysInstead(page);
      assert(await asksBeforeLeaving(page), `${system}: it is left without a question`);
      await page.evaluate(() => localStorage.clear());
      await page.locator(field).fill("A text that has room again");
      await page.getByText(NOT_KEPT).waitFor({ state: "detached" });
    }
  },

  async tokenWithoutStorage(stage) {
    const service = String(await stage.call("other"));
    const page = await withoutStorage(stage, `${service}/drafts/products`);
    await page.getByText("only until you leave this page").waitFor();
    await giveToken(page, String(await stage.call("token", {})));
    await page.getByRole("link", { name: "New product" }).click();
    await page.getByRole("heading", { name: "Details", level: 2 }).waitFor();
  },
};

/** A page of a browser that forbids its storage, as with cookies blocked, and in some frames. */
export async function withoutStorage({ open, url }: Stage, path: string): Promise<Page> {
  const page = await open("about:blank");
  await page.addInitScript(() => {
    const get = () => {
      throw new DOMException("Access is denied for this document.", "SecurityError");
    };
    for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { get });
  });
  await page.goto(new URL(path, url).href);
  return page;
}

/** Leaves no room in a browser's storage, as another application of the same site may. */
async function fillStorage(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (let [size, count] = [2 ** 22, 0]; size >= 1; count += 1) {
      try {
        localStorage.setItem(String(count), "x".repeat(size));
      } catch {
        size /= 2;
      }
    }
  });
}

/** Follows a link to another page, and stays because of the question. */
async function staysInstead(page: Page): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: "Drafts" }).click();
  const question = page.getByRole("alertdialog");
  await question.getByText("is not saved").waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
  await question.waitFor({ state: "detached" });
}
