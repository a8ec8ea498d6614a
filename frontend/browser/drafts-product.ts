import type { Route } from "playwright-core";
import { seriousOn } from "./accessibility.ts";
import { choose, tabTo } from "./keyboard.ts";
import {
  asksBeforeLeaving,
  busy,
  colour,
  done,
  fillDetails,
  focused,
  heading,
  leaveAndReturn,
  make,
  next,
  press,
  price,
  productsWith,
  publish,
  publishUnheard,
  toReview,
  walkThrough,
  WORKSHOP,
} from "./product-wizard.ts";
import { assert, type Stage } from "./stage.ts";

const COMMIT = "**/private/products/orchestrate/session/*/commit";
const NARROW = { width: 360, height: 740 };

/** How people make a product, step by step. */
export const productScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async productByKeyboard(stage) {
    const page = await stage.open("/drafts/product");
    const answered = done(page);
    await tabTo(page, page.locator("#productName"));
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("6 fields have mistakes").waitFor();
    await focused(page, "#productName");
    await page.keyboard.type("Hand rehabilitation");
    await page.keyboard.press("Tab");
    await page.keyboard.type("by-keys");
    await page.keyboard.press("Tab");
    await page.keyboard.type("A day about hand rehabilitation.");
    await choose(page, "Category", "Event");
    await tabTo(page, page.locator("#productGlCode"));
    await page.keyboard.type("workshops and web");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("2026");
    await page.keyboard.press("Enter");
    await heading(page, "Prices", "25 %");
    const colours = [await colour(page)];
    await focused(page, "#step-heading");
    await tabTo(page, page.locator("#otStuPrice"));
    await page.keyboard.type("0");
    await page.keyboard.press("Enter");
    await heading(page, "Audience", "50 %");
    colours.push(await colour(page));
    const criteria = page.locator(".criteria").getByRole("group").getByRole("group");
    assert((await criteria.count()) === 34, `${await criteria.count()} criteria are offered`);
    await tabTo(page, page.getByLabel("Find a criterion"));
    await page.keyboard.type("provin");
    await page.getByText(/^\d of 34 criteria$/).waitFor();
    await tabTo(page, page.locator("#osot_province"));
    await page.keyboard.press("Enter");
    await focused(page, "[role=dialog] input");
    await page.keyboard.type("ontar");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await focused(page, "#osot_province");
    await page.getByText("Only people with this will see it: province Ontario.").waitFor();
    await press(page, "Next: review");
    await heading(page, "Review", "75 %");
    colours.push(await colour(page));
    const failed = { success: false, errors: ["The catalogue was locked"], fields: {} };
    await page.route(COMMIT, (route) => route.fulfill({ json: failed }), { times: 1 });
    await press(page, "Publish");
    // Enter alone publishes nothing.
    await focused(page, "[role=alertdialog] button:first-child");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("The catalogue was locked").waitFor();
    await page.getByText("Not published", { exact: true }).waitFor();
    colours.push(await colour(page));
    await press(page, "Try again");
    await page.getByRole("heading", { name: "BY-KEYS is published" }).waitFor();
    await page.getByText("100 %").waitFor();
    colours.push(await colour(page));
    assert(new Set(colours).size === 5, `states look alike: ${colours.join()}`);
    const attempt = "product,audience-target,commit";
    const expected = `create,product,audience-target,${attempt},${attempt}`;
    assert(answered.join() === expected, `what arrived: ${answered.join()}`);
  },

  async productTextIsKept({ open }) {
    const page = await open("/drafts/product");
    await page.clock.install();
    await fillDetails(page, "kept");
    await next(page, "prices");
    await price(page).fill("12.50");
    assert(await asksBeforeLeaving(page), "it can be left without a question");
    await page.clock.runFor(1_500);
    await page.reload();
    await page.getByText("What you typed before is here again.").waitFor();
    await heading(page, "Prices", "25 %");
    assert((await price(page).inputValue()) === "12.5", "gone");
    await price(page).fill("13");
    await page.route("**/orchestrate/session/*", busy, { times: 1 });
    await leaveAndReturn(page);
    await page.getByRole("button", { name: "Try again" }).click();
    await heading(page, "Prices", "25 %");
    assert((await price(page).inputValue()) === "13", "gone");
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
    // A browser asks only where something was done.
    await page.getByLabel("Name").click();
    assert(!(await asksBeforeLeaving(page)), "an empty form asks before it is left");
  },

  async productIsMadeOnce(stage) {
    const page = await stage.open("/drafts/product");
    const answered = done(page);
    await fillDetails(page, "once");
    await page.getByRole("button", { name: "Next: prices" }).dblclick();
    await heading(page, "Prices", "25 %");
    await price(page).fill("120.50");
    await page.getByRole("button", { name: "Next: audience" }).dblclick();
    await page.getByRole("button", { name: "Skip" }).dblclick();
    await page.getByText("Everyone will see this product.").waitFor();
    // Tried again elsewhere, nothing is published without a question.
    await page.route("**/session/*/product", busy, { times: 1 });
    await publish(page);
    await page.getByRole("button", { name: "Try again" }).waitFor();
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByRole("button", { name: "Try again" }).click();
    await heading(page, "Review", "50 %");
    const secondTab = await page.context().newPage();
    let reads = 0;
    secondTab.on("request", (sent) => void (reads += Number(/session\/[^/]+$/.test(sent.url()))));
    await secondTab.goto(page.url());
    await heading(secondTab, "Review", "50 %");
    // The answer does not come before the page is loaded again.
    const isSent = new Promise<void>((resolve) => {
      void page.route(COMMIT, (route) => void route.fetch().then(() => resolve()), { times: 1 });
    });
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByRole("button", { name: "Publish it" }).dblclick();
    await page.getByText("The product is being published.").waitFor();
    await isSent;
    await page.reload();
    await page.getByRole("heading", { name: "ONCE is published" }).waitFor();
    await publish(secondTab);
    await secondTab.getByRole("heading", { name: "ONCE is published" }).waitFor();
    // Once to begin with, and once after the draft was found to be published.
    assert(reads === 2, `the draft was read ${reads} times`);
    // With the second attempt, and with the commit, the product is sent once more.
    const expected = "create,product,product,product";
    assert(answered.join() === expected, `what arrived: ${answered.join()}`);
    const ids = await page.locator("dd code").allInnerTexts();
    assert(ids.length === 2 && new Set(ids).size === 2, `the ids are ${ids.join()}`);
    await page.getByRole("link", { name: "Go to the product" }).click();
    await page.waitForURL(`**/drafts/products/${ids[0]}`);
  },

  async productsInTwoTabs(stage) {
    const page = await stage.open("/drafts/product");
    await toReview(page, "tab");
    const crashed = await page.context().newPage();
    await crashed.goto(page.url());
    await heading(crashed, "Review", "50 %");
    await crashed.getByRole("button", { name: "Change details" }).click();
    await crashed.getByLabel("Name").fill("Another workshop");
    await next(crashed, "prices");
    await next(crashed, "audience");
    await heading(crashed, "Audience", "50 %");
    await crashed.close();
    await publish(page);
    await page.getByRole("heading", { name: "TAB is published" }).waitFor();
    const [product] = await productsWith(stage, "TAB");
    assert(product?.productName === WORKSHOP, "what was reviewed is not what was published");

    // The draft of both is used up; what was typed is not.
    let second = await page.context().newPage();
    await second.goto(page.url());
    await second.getByRole("heading", { name: "This draft is gone" }).waitFor();
    await second.getByRole("button", { name: "Begin again" }).click();
    await second.getByRole("button", { name: "Use TAB-2 instead" }).click();
    await page.getByRole("button", { name: "Prepare another one" }).click();
    await page.getByLabel("Name").fill("A third one");
    await Promise.all([page.reload(), second.reload()]);
    await page.getByText("What you typed before is here again.").waitFor();
    assert((await page.getByLabel("Name").inputValue()) === "A third one", "not its own text");
    assert((await second.getByLabel("Name").inputValue()) === "Another workshop", "not its own");
    const third = await page.context().newPage();
    await third.goto(page.url());
    await third.getByRole("button", { name: "Begin with an empty form instead" }).click();
    assert((await third.getByLabel("Name").inputValue()) === "", "the form is not empty");
    await third.getByRole("button", { name: "Go on with A third one" }).waitFor();
    await second.close();
    second = third;
    await second.getByRole("button", { name: "Go on with Another workshop" }).click();
    await focused(second, "#step-heading");
    await next(second, "prices");
    await next(second, "audience");
    await second.getByRole("button", { name: "Skip" }).click();
    await publishUnheard(second);
    await second.reload();
    await second.getByRole("heading", { name: "TAB-2 is published" }).waitFor();
  },

  async productErrorsAreAtTheirFields(stage) {
    // So high that nothing scrolls: a mistake that is shown moves the buttons below it.
    const page = await stage.open("/drafts/product", { viewport: { width: 1280, height: 2_400 } });
    await fillDetails(page, "É-12");
    await page.locator("#startDate").focus();
    await page.keyboard.type("12");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("is not finished").waitFor();
    await focused(page, "#startDate");
    await page.locator("#startDate").fill("2026-12-01");
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
    await page.getByRole("alert").getByText("RACE already exists").waitFor();
    await page.getByRole("button", { name: "Use RACE-2 instead" }).click();
    await page.getByText("RACE-2 is free.").waitFor();
    await page.getByLabel("Code", { exact: true }).fill("race");
    await page.getByText("The code RACE is taken.").first().waitFor();
    await page.getByRole("button", { name: "Use RACE-2 instead" }).click();
    await next(page, "prices");
    await next(page, "audience");
    await page.getByRole("button", { name: "Skip" }).click();
    // Nobody hears of the failure before the page is loaded again.
    const isRefused = new Promise<void>((resolve) => {
      const overtake = async (route: Route) => {
        await make(stage, "RACE-2");
        await route.fetch();
        resolve();
      };
      void page.route(COMMIT, overtake, { times: 1 });
    });
    await publish(page);
    await isRefused;
    await page.reload();
    await page.getByText("The product was not published, and nothing was written.").waitFor();
    await focused(page, "#productCode");
    await page.getByRole("button", { name: "Use RACE-3 instead" }).click();
    await next(page, "prices");
    await next(page, "audience");
    await page.getByRole("button", { name: "Skip" }).click();
    await publish(page);
    await page.getByRole("heading", { name: "RACE-3 is published" }).waitFor();
  },

  async productWizardHasNothingSerious({ open }) {
    const found: string[] = [];
    // The policy of the pages would refuse the script of axe.
    const page = await open("/drafts/product", { viewport: NARROW, bypassCSP: true });
    await walkThrough(page, "axe", async (name) => {
      found.push(...(await seriousOn(page, "")).map((what) => `${name}: ${what}`));
      await page.emulateMedia({ colorScheme: "dark" });
      const dark = await seriousOn(page, '{ runOnly: "color-contrast" }');
      found.push(...dark.map((what) => `${name}, dark: ${what}`));
      await page.emulateMedia({ colorScheme: "light" });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > NARROW.width) found.push(`${name} is ${width} px wide`);
    });
    assert(found.length === 0, found.join("\n"));
  },
};
