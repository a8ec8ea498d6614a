import type { Page, Route } from "playwright-core";
import { tabTo } from "./keyboard.ts";
import { answeredBy } from "./offline.ts";
import { assert, type Stage } from "./stage.ts";

export const WORKSHOP = "Hand rehabilitation workshop";

/** Through all steps, with the name of what is seen at each; nothing is published. */
export async function walkThrough(
  page: Page,
  code: string,
  look: (name: string) => Promise<void>,
): Promise<void> {
  await next(page, "prices");
  await page.getByRole("alert").waitFor();
  await look("mistakes");
  await fillDetails(page, code);
  await page.getByText("is free.").waitFor();
  await look("details");
  await next(page, "prices");
  await heading(page, "Prices", "25 %");
  await look("prices");
  await price(page).fill("120.50");
  await next(page, "audience");
  await heading(page, "Audience", "50 %");
  await choose(page, "Province", "Ontario");
  await look("audience");
  await next(page, "review");
  await heading(page, "Review", "75 %");
  await look("review");
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("alertdialog").waitFor();
  await look("question");
}

export async function fillDetails(page: Page, code: string): Promise<void> {
  await page.getByLabel("Name").fill(WORKSHOP);
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByLabel("Description").fill("A day about hand rehabilitation, with lunch.");
  await page.getByRole("button", { name: "Category" }).click();
  await page.getByRole("option", { name: "Event", exact: true }).click();
  await page.getByRole("listbox").waitFor({ state: "detached" });
  // Scrolling closes the list: first it has to be in sight.
  const ledger = page.getByRole("combobox", { name: "General ledger code" });
  await ledger.click();
  await ledger.fill("workshops and web");
  await page.getByRole("option").first().waitFor();
  // A click would scroll, which may close the list under the pointer.
  await ledger.press("ArrowDown");
  await ledger.press("Enter");
  await page.getByLabel("Year").fill("2026");
}

/** Through all steps with one price, for everyone. */
export async function toReview(page: Page, code: string): Promise<void> {
  await fillDetails(page, code);
  await next(page, "prices");
  await price(page).fill("120.50");
  await next(page, "audience");
  await page.getByRole("button", { name: "Skip" }).click();
  await heading(page, "Review", "50 %");
}

export async function publish(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("button", { name: "Publish it" }).click();
}

/** The page hears of it no more: neither now, nor later from the draft, which is gone by then. */
export async function publishUnheard(page: Page): Promise<void> {
  const drafts = "**/private/products/orchestrate/session/*";
  const isPublished = new Promise<void>((resolve) => {
    void page.route(`${drafts}/commit`, (route) => void route.fetch().then(() => resolve()));
  });
  await publish(page);
  await isPublished;
  const gone = { statusCode: 404, message: "Session not found or expired", sessionId: "gone" };
  await page.route(drafts, (route) => route.fulfill({ status: 404, json: gone }));
}

export async function next(page: Page, step: string): Promise<void> {
  await page.getByRole("button", { name: `Next: ${step}` }).click();
}

/** Waits for a step, and for how far the draft is then. */
export async function heading(page: Page, name: string, percent: string): Promise<void> {
  await page.getByRole("heading", { name, exact: true, level: 2 }).waitFor();
  await page.getByText(percent, { exact: true }).waitFor();
}

export async function choose(page: Page, criterion: string, name: string): Promise<void> {
  const group = page.getByRole("group", { name: criterion, exact: true });
  await group.getByRole("button", { name: "Choose" }).click();
  const dialog = page.getByRole("dialog", { name: criterion, exact: true });
  await dialog.getByRole("option", { name, exact: true }).click();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

export async function press(page: Page, name: string): Promise<void> {
  await tabTo(page, page.getByRole("button", { name, exact: true }));
  await page.keyboard.press("Enter");
}

export async function focused(page: Page, selector: string): Promise<void> {
  await page.waitForFunction((it) => document.activeElement?.matches(it), selector);
}

export async function giveToken(page: Page, token: string): Promise<void> {
  await page.getByLabel("Access token").fill(token);
  await page.getByRole("button", { name: "Go on", exact: true }).click();
}

/** To another page of the site, and back: without a question. */
export async function leaveAndReturn(page: Page): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: "Drafts" }).click();
  await page.getByRole("heading", { name: "Drafts", level: 1 }).waitFor();
  await page.goBack();
}

/**
 * Leaves the page, unless the browser asks before: then it stays. Something was typed into it. Not by
 * closing it: Chromium now and then crashes at the end of a page that stayed open.
 */
export async function asksBeforeLeaving(page: Page): Promise<boolean> {
  let asks = false;
  page.once("dialog", (question) => {
    asks = true;
    void question.dismiss();
  });
  await page.goto("about:blank").catch((error: unknown) => {
    if (!asks) throw error;
  });
  return asks;
}

/** A service that is there and can do nothing at the moment. */
export function busy(route: Route): Promise<void> {
  return route.fulfill({ status: 503, json: { message: "Service temporarily unavailable" } });
}

/** What the service has done for a page's drafts, in order, as `create,product,commit`. */
export function done(page: Page): string[] {
  return answeredBy(page, /^POST .*orchestrate\/session\/(?:.*\/)?([a-z-]+)$/);
}

/** The colour of how far a draft is. */
export function colour(page: Page): Promise<string> {
  const bar = page.locator(".progress-filled");
  return bar.evaluate((it) => getComputedStyle(it).backgroundColor);
}

/** How many products have a code. */
export async function made(stage: Stage, code: string): Promise<number> {
  return (await productsWith(stage, code)).length;
}

export async function productsWith(
  { url, call }: Stage,
  code: string,
): Promise<{ productName: string }[]> {
  const answer = await fetch(`${url}/private/products?productCode=${code}`, {
    headers: { Authorization: `Bearer ${String(await call("token", {}))}` },
  });
  return ((await answer.json()) as { products: { productName: string }[] }).products;
}

/** Somebody else makes a product meanwhile. */
export async function make({ url, call }: Stage, productCode: string): Promise<void> {
  const answer = await fetch(`${url}/private/products`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${String(await call("token", {}))}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({
      productName: "Another",
      productCode,
      productDescription: "Somebody else's product.",
      productCategory: 4,
      productGlCode: 16,
      productYear: "2026",
      generalPrice: 1,
    }),
  });
  assert(answer.ok, `it was not made: ${await answer.text()}`);
}

export function price(page: Page) {
  return page.getByRole("textbox", { name: "Everybody", exact: true });
}
