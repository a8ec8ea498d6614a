import type { Page, Route } from "playwright-core";
import { seriousOn } from "./accessibility.ts";
import { assert, type Stage } from "./stage.ts";

const COMMIT = "**/private/products/orchestrate/session/*/commit";

/** How people make a product, step by step. */
export const productScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async productByKeyboard(stage) {
    const page = await stage.open("/drafts/product");
    await tabTo(page, "#productName");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("6 fields have mistakes").waitFor();
    await focused(page, "#productName");
    await page.keyboard.type("Hand rehabilitation");
    await page.keyboard.press("Tab");
    await page.keyboard.type("by-keys");
    await page.keyboard.press("Tab");
    await page.keyboard.type("A day about hand rehabilitation.");
    await tabTo(page, "#productCategory");
    await page.keyboard.press("Enter");
    await page.keyboard.type("Event");
    await page.keyboard.press("Enter");
    await tabTo(page, "#productGlCode");
    await page.keyboard.type("workshops and web");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("2026");
    await page.keyboard.press("Enter");
    await heading(page, "Prices", "25 %");
    await tabTo(page, "#otStuPrice");
    await page.keyboard.type("0");
    await page.keyboard.press("Enter");
    await heading(page, "Audience", "50 %");
    await tabTo(page, "#osot_province");
    await page.keyboard.press("Enter");
    await page.keyboard.type("ontar");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await focused(page, "#osot_province");
    await page.getByText("Only people with this will see it: province Ontario.").waitFor();
    await press(page, "Next: review");
    await heading(page, "Review", "75 %");
    await press(page, "Publish");
    await page.getByRole("alertdialog").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "BY-KEYS is published" }).waitFor();
    await page.getByText("100 %").waitFor();
    assert((await made(stage, "BY-KEYS")) === 1, "there is not one product");
  },

  async productTextIsKept({ open }) {
    const page = await open("/drafts/product");
    await page.clock.install();
    await fillDetails(page, "kept");
    await next(page, "prices");
    await price(page).fill("12.50");
    assert(await asksBeforeLeaving(page), "it can be left without a question");
    await page.waitForTimeout(1_500);
    await page.reload();
    await page.getByText("What you typed before is here again.").waitFor();
    await heading(page, "Prices", "25 %");
    assert((await price(page).inputValue()) === "12.5", "gone");
    await page.clock.fastForward("01:46:00");
    await page.getByText("expires in less than 15 minutes").waitFor();
    await page.clock.fastForward("10:00");
    await page.getByText("expires in less than 5 minutes").waitFor();
    await page.getByRole("button", { name: "Details" }).click();
    assert((await page.getByLabel("Code", { exact: true }).inputValue()) === "kept", "gone");
    await page.getByRole("button", { name: "Discard" }).click();
    await page.getByRole("button", { name: "Discard it" }).click();
    await page.reload();
    assert((await page.getByLabel("Name").inputValue()) === "", "it was not discarded");
    assert(!(await asksBeforeLeaving(page)), "an empty form asks before it is left");
  },

  async productWithoutAudienceIsMadeOnce(stage) {
    const page = await stage.open("/drafts/product");
    await toReview(page, "twice");
    await page.getByText("Everyone will see this product.").waitFor();
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("button", { name: "Publish it" }).dblclick();
    await page.getByRole("heading", { name: "TWICE is published" }).waitFor();
    assert((await made(stage, "TWICE")) === 1, "there is not one product");
    await page.getByRole("link", { name: "Go to the product" }).click();
    await page.waitForURL(/\/drafts\/products\/[0-9a-f-]{36}$/);
  },

  async productErrorsAreAtTheirFields(stage) {
    const page = await stage.open("/drafts/product");
    await fillDetails(page, "É-12");
    await next(page, "prices");
    await price(page).fill("1.005");
    await next(page, "audience");
    await page.getByRole("alert").getByText("at most 2 decimals").waitFor();
    await price(page).fill("1");
    await next(page, "audience");
    // Only the service knows which form codes have here.
    await focused(page, "#productCode");
    await page.getByRole("alert").getByText("Invalid product code format").waitFor();
    await page.getByLabel("Code", { exact: true }).fill("race");
    await page.getByText("RACE is free.").waitFor();
    await next(page, "prices");
    await make(stage, "RACE");
    await next(page, "audience");
    await focused(page, "#productCode");
    await page.getByRole("alert").getByText("The code RACE is taken.").waitFor();
    await page.getByRole("button", { name: "Use RACE-2 instead" }).click();
    await page.getByText("RACE-2 is free.").waitFor();
    await page.getByLabel("Code", { exact: true }).fill("race");
    await page.getByText("The code RACE is taken.").first().waitFor();
    await page.getByRole("button", { name: "Use RACE-2 instead" }).waitFor();
  },

  async productDraftExpiresAndBeginsAgain({ open, call }) {
    const page = await open(`${String(await call("brief", 6))}/drafts/product`);
    await giveToken(page, "not.a.token");
    await fillDetails(page, "expires");
    await next(page, "prices");
    await page.getByText("missing or no longer valid").waitFor();
    await giveToken(page, String(await call("token", { privilege: 1 })));
    await page.getByText("Only Admin users can create products").waitFor();
    await giveToken(page, String(await call("token", {})));
    await heading(page, "Prices", "25 %");
    await price(page).fill("12");
    await page.getByRole("heading", { name: "This draft has expired" }).waitFor();
    await page.getByRole("button", { name: "Begin again with what I typed" }).click();
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    assert((await price(page).inputValue()) === "12", "gone");
    await next(page, "audience");
    await heading(page, "Audience", "50 %");
  },

  async productOfALostCommit(stage) {
    const page = await stage.open("/drafts/product");
    await toReview(page, "lost");
    // The service publishes, but is gone before it can say so.
    const isGone = new Promise<void>((resolve) => {
      const publishAndStop = async (route: Route) => {
        await route.fetch();
        await stage.call("stop");
        await route.abort();
        resolve();
      };
      void page.route(COMMIT, publishAndStop, { times: 1 });
    });
    await publish(page);
    await isGone;
    await page.getByText("The product is being published.").waitFor();
    await stage.call("start");
    await page.getByRole("heading", { name: "LOST is published" }).waitFor();
    assert((await made(stage, "LOST")) === 1, "there is not one product");
  },

  async productAfterAReload(stage) {
    const page = await stage.open("/drafts/product");
    await toReview(page, "reloaded");
    // Its answer does not come before the page is loaded again.
    const isSent = new Promise<void>((resolve) => {
      void page.route(COMMIT, (route) => void route.fetch().then(() => resolve()), { times: 1 });
    });
    await publish(page);
    await page.getByText("The product is being published.").waitFor();
    await isSent;
    await page.reload();
    await page.getByRole("heading", { name: "RELOADED is published" }).waitFor();
    assert((await made(stage, "RELOADED")) === 1, "there is not one product");
  },

  async productOffline(stage) {
    const page = await stage.open("/drafts/product");
    await fillDetails(page, "offline");
    await next(page, "prices");
    await heading(page, "Prices", "25 %");
    await page.context().setOffline(true);
    await price(page).fill("1");
    await next(page, "audience");
    await page.getByText("No connection; kept in this browser").waitFor();
    await page.getByRole("textbox", { name: "Student" }).first().fill("2");
    await page.context().setOffline(false);
    await heading(page, "Audience", "50 %");
    await page.getByRole("button", { name: "Skip" }).click();
    await page.getByText("Price, occupational therapists, student").waitFor();
    await page.context().setOffline(true);
    await publish(page);
    await page.getByText("The product is being published.").waitFor();
    await page.context().setOffline(false);
    await page.getByRole("heading", { name: "OFFLINE is published" }).waitFor();
    assert((await made(stage, "OFFLINE")) === 1, "there is not one product");
  },

  async productWizardHasNothingSerious({ open }) {
    const found: string[] = [];
    const check = async (page: Page, rules: string) => {
      found.push(...(await seriousOn(page, rules)));
      const { viewport, content } = await page.evaluate(() => ({
        viewport: window.innerWidth,
        content: document.documentElement.scrollWidth,
      }));
      if (content > viewport) found.push(`${page.url()} is ${content} px wide`);
    };
    for (const [colorScheme, width, rules] of [
      ["light", 360, ""],
      ["dark", 1280, '{ runOnly: "color-contrast" }'],
    ] as const) {
      const viewport = { width, height: 800 };
      // The policy of the pages would refuse the script of axe.
      const page = await open("/drafts/product", { colorScheme, viewport, bypassCSP: true });
      await next(page, "prices");
      await page.getByRole("alert").waitFor();
      await check(page, rules);
      await fillDetails(page, "axe");
      await next(page, "prices");
      await heading(page, "Prices", "25 %");
      await check(page, rules);
      await price(page).fill("1");
      await next(page, "audience");
      await heading(page, "Audience", "50 %");
      await choose(page, "Province", "Ontario");
      await check(page, rules);
      await next(page, "review");
      await heading(page, "Review", "75 %");
      await check(page, rules);
      await page.getByRole("button", { name: "Publish" }).click();
      await page.getByRole("alertdialog").waitFor();
      await check(page, rules);
    }
    assert(found.length === 0, found.join("\n"));
  },
};

async function fillDetails(page: Page, code: string): Promise<void> {
  await page.getByLabel("Name").fill("Hand rehabilitation workshop");
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByLabel("Description").fill("A day about hand rehabilitation, with lunch.");
  await page.getByRole("button", { name: "Category" }).click();
  await page.getByRole("option", { name: "Event", exact: true }).click();
  await page.getByRole("listbox").waitFor({ state: "detached" });
  await page.getByRole("combobox", { name: "General ledger code" }).fill("workshops and web");
  await page.getByRole("option").first().click();
  await page.getByLabel("Year").fill("2026");
}

/** Through all steps with one price, for everyone. */
async function toReview(page: Page, code: string): Promise<void> {
  await fillDetails(page, code);
  await next(page, "prices");
  await price(page).fill("120.50");
  await next(page, "audience");
  await page.getByRole("button", { name: "Skip" }).click();
  await heading(page, "Review", "50 %");
}

async function publish(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Publish" }).click();
  await page.getByRole("button", { name: "Publish it" }).click();
}

async function next(page: Page, step: string): Promise<void> {
  await page.getByRole("button", { name: `Next: ${step}` }).click();
}

/** Waits for a step, whose heading has the focus, and for how far the draft is then. */
async function heading(page: Page, name: string, percent: string): Promise<void> {
  await page.getByRole("heading", { name, exact: true, level: 2 }).waitFor();
  await page.getByText(percent, { exact: true }).waitFor();
}

async function choose(page: Page, criterion: string, name: string): Promise<void> {
  const group = page.getByRole("group", { name: criterion, exact: true });
  await group.getByRole("button", { name: "Choose" }).click();
  const dialog = page.getByRole("dialog", { name: criterion, exact: true });
  await dialog.getByRole("option", { name, exact: true }).click();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

/** Goes on with the Tab key alone until this has the focus. */
async function tabTo(page: Page, selector: string): Promise<void> {
  await page.locator(selector).waitFor();
  for (let tabs = 0; tabs < 60; tabs += 1) {
    if (await page.locator(selector).evaluate((it) => it === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${selector} cannot be reached with the Tab key`);
}

async function press(page: Page, name: string): Promise<void> {
  const button = page.getByRole("button", { name, exact: true });
  await button.evaluate((it) => (it.id = "wanted"));
  await tabTo(page, "#wanted");
  await page.keyboard.press("Enter");
}

async function focused(page: Page, selector: string): Promise<void> {
  await page.waitForFunction((it) => document.activeElement?.matches(it), selector);
}

async function giveToken(page: Page, token: string): Promise<void> {
  await page.getByLabel("Access token").fill(token);
  await page.getByRole("button", { name: "Go on" }).click();
}

function asksBeforeLeaving(page: Page): Promise<boolean> {
  return page.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));
}


/** How many products have a code. */
async function made({ url, call }: Stage, code: string): Promise<number> {
  const answer = await fetch(`${url}/private/products?productCode=${code}`, {
    headers: { Authorization: `Bearer ${String(await call("token", {}))}` },
  });
  return ((await answer.json()) as { products: unknown[] }).products.length;
}

/** Somebody else makes a product meanwhile. */
async function make({ url, call }: Stage, productCode: string): Promise<void> {
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

function price(page: Page) {
  return page.getByRole("textbox", { name: "General", exact: true });
}
