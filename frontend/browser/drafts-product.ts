import type { Route } from "playwright-core";
import { seriousOn } from "./accessibility.ts";
import { tabTo } from "./keyboard.ts";
import { answeredBy, offlineForAMinute } from "./offline.ts";
import {
  asksBeforeLeaving,
  fillDetails,
  focused,
  giveToken,
  heading,
  leaveAndReturn,
  made,
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
    await tabTo(page, page.locator("#productName"));
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("6 fields have mistakes").waitFor();
    await focused(page, "#productName");
    await page.keyboard.type("Hand rehabilitation");
    await page.keyboard.press("Tab");
    await page.keyboard.type("by-keys");
    await page.keyboard.press("Tab");
    await page.keyboard.type("A day about hand rehabilitation.");
    await tabTo(page, page.locator("#productCategory"));
    await page.keyboard.press("Enter");
    await page.keyboard.type("Event");
    await page.keyboard.press("Enter");
    await tabTo(page, page.locator("#productGlCode"));
    await page.keyboard.type("workshops and web");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("2026");
    await page.keyboard.press("Enter");
    await heading(page, "Prices", "25 %");
    await focused(page, "#step-heading");
    await tabTo(page, page.locator("#otStuPrice"));
    await page.keyboard.type("0");
    await page.keyboard.press("Enter");
    await heading(page, "Audience", "50 %");
    await tabTo(page, page.locator("#osot_province"));
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
    // Enter alone publishes nothing.
    await focused(page, "[role=alertdialog] button:first-child");
    await page.keyboard.press("Tab");
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
    await page.clock.runFor(1_500);
    await page.reload();
    await page.getByText("What you typed before is here again.").waitFor();
    await heading(page, "Prices", "25 %");
    assert((await price(page).inputValue()) === "12.5", "gone");
    await price(page).fill("13");
    await leaveAndReturn(page);
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
    assert(!(await asksBeforeLeaving(page)), "an empty form asks before it is left");
  },

  async productIsMadeOnce(stage) {
    const page = await stage.open("/drafts/product");
    await toReview(page, "once");
    await page.getByText("Everyone will see this product.").waitFor();
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
    assert((await made(stage, "ONCE")) === 1, "there is not one product");
    await page.getByRole("link", { name: "Go to the product" }).click();
    await page.waitForURL(/\/drafts\/products\/[0-9a-f-]{36}$/);
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
    const page = await stage.open("/drafts/product");
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
    const overtake = async (route: Route) => {
      await make(stage, "RACE-2");
      await route.continue();
    };
    await page.route(COMMIT, overtake, { times: 1 });
    await publish(page);
    await page.getByText("The product was not published, and nothing was written.").waitFor();
    await focused(page, "#productCode");
    await page.getByRole("button", { name: "Use RACE-3 instead" }).click();
    await next(page, "prices");
    await next(page, "audience");
    await page.getByRole("button", { name: "Skip" }).click();
    await publish(page);
    await page.getByRole("heading", { name: "RACE-3 is published" }).waitFor();
  },

  async productDraftExpiresAndBeginsAgain({ open, call }) {
    const page = await open(`${String(await call("brief", 5))}/drafts/product`);
    await giveToken(page, "not.a.token");
    await page.getByText("This is not a whole access token").waitFor();
    await giveToken(page, String(await call("token", { expires_in: -3_600 })));
    await fillDetails(page, "expires");
    await next(page, "prices");
    await page.getByText("missing or no longer valid").waitFor();
    await giveToken(page, String(await call("token", { privilege: 1 })));
    await page.getByText("Only Admin users can create products").waitFor();
    await giveToken(page, String(await call("token", {})));
    await heading(page, "Prices", "25 %");
    await page.getByRole("heading", { name: "This draft is gone" }).waitFor();
    await page.getByRole("button", { name: "Begin again" }).click();
    await heading(page, "Prices", "25 %");
    await page.getByRole("button", { name: "Details" }).click();
    assert((await page.getByLabel("Code", { exact: true }).inputValue()) === "expires", "gone");
  },

  async productOfALostCommit(stage) {
    const page = await stage.open("/drafts/product");
    await page.clock.install();
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
    await focused(page, ".publishing h2");
    await stage.call("start");
    // The page asks every few seconds.
    await page.clock.fastForward(6_000);
    await page.getByRole("heading", { name: "LOST is published" }).waitFor();
    assert((await made(stage, "LOST")) === 1, "there is not one product");
  },

  async productOfACutOffCommit(stage) {
    const page = await stage.open("/drafts/product");
    await page.clock.install();
    await toReview(page, "cut-off");
    await stage.call("cut_off_commits");
    await Promise.all([page.waitForEvent("requestfailed"), publish(page)]);
    await stage.call("stop");
    await stage.call("start");
    // After the lease of the commit that died another call takes over.
    await page.clock.fastForward(36_000);
    await page.getByRole("heading", { name: "CUT-OFF is published" }).waitFor({ timeout: 90_000 });
    assert((await made(stage, "CUT-OFF")) === 1, "there is not one product");
  },

  async productOffline(stage) {
    const page = await stage.open("/drafts/product");
    await page.clock.install();
    const answered = answeredBy(page, /^POST .*orchestrate\/session\/(?:.*\/)?([a-z-]+)$/);
    await fillDetails(page, "offline");
    await next(page, "prices");
    await heading(page, "Prices", "25 %");
    await offlineForAMinute(page, async () => {
      await price(page).fill("1");
      await next(page, "audience");
      await page.getByRole("textbox", { name: "Student" }).first().fill("2");
    });
    await heading(page, "Audience", "50 %");
    await page.getByRole("button", { name: "Skip" }).click();
    await page.getByText("Price, occupational therapists, student").waitFor();
    await publish(page);
    await page.getByRole("heading", { name: "OFFLINE is published" }).waitFor();
    // What is published is sent once more with the commit.
    assert(answered.join() === "create,product,product,commit", `what arrived: ${answered.join()}`);
    assert((await made(stage, "OFFLINE")) === 1, "there is not one product");
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
