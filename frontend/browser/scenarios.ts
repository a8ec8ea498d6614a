import { awkwardShop, phoneWidth } from "./shapes.ts";
import { nothingFades, nothingSerious } from "./accessibility.ts";
import { educationScenarios } from "./drafts-education.ts";
import { inputScenarios } from "./drafts-inputs.ts";
import { forbiddenScenarios } from "./drafts-forbidden.ts";
import { keptScenarios } from "./drafts-kept.ts";
import { personScenarios } from "./drafts-person.ts";
import { productScenarios } from "./drafts-product.ts";
import { productFailureScenarios } from "./drafts-product-failures.ts";
import { savingScenarios } from "./drafts-product-saving.ts";
import { projectScenarios } from "./drafts-project.ts";
import { projectStepScenarios } from "./drafts-project-steps.ts";
import { flowScenarios } from "./flow.ts";
import { tabTo } from "./keyboard.ts";
import { appScenarios } from "./packed-app.ts";
import { catalogueScenarios } from "./drafts-products.ts";
import { educationPictures } from "./pictures-education.ts";
import { productPictures } from "./pictures-products.ts";
import { projectPictures } from "./pictures-projects.ts";
import { sitePictures } from "./pictures-site.ts";
import { assert, card, cards, connected, type Stage } from "./stage.ts";

/** Each by the name under which a test asks for it. Sellers are their own, so that none meets another. */
export const scenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async appears({ open, call }) {
    const page = await open("/shop/appears");
    await page.getByRole("heading", { name: "Nothing is here yet" }).waitFor();
    await call("send", "appears", 1, { title: "A first cup", price: 1250 });
    await card(page, "A first cup").getByText("1,250").waitFor();
  },

  async restarts({ open, call }) {
    const page = await open("/shop/restarts");
    await call("send", "restarts", 1, { title: "Before" });
    await card(page, "Before").waitFor();
    await page.evaluate("window.isSamePage = true");
    await call("stop");
    await page.getByText("Reconnecting", { exact: true }).waitFor();
    await call("send", "restarts", 2, { title: "Meanwhile" });
    await call("start");
    await card(page, "Meanwhile").waitFor();
    await connected(page);
    assert(await page.evaluate("window.isSamePage === true"), "the page was loaded again");
  },

  async staysWhereThePartsOfAPageCannotBeLoaded({ open, call }) {
    const page = await open("/");
    await page.evaluate("window.isSamePage = true");
    await call("stop");
    await page.getByRole("link", { name: "Guides" }).first().click();
    const again = page.getByRole("button", { name: "Load again" });
    await again.waitFor();
    assert(await page.evaluate("window.isSamePage === true"), "the page was lost");
    await call("start");
    await again.click();
    await page.getByRole("heading", { level: 1, name: "Guides" }).waitFor();
  },

  async withoutSockets({ open, call }) {
    const page = await open("/shop/no-sockets", { blocked: ["**/socket.io/**"] });
    await connected(page);
    await call("send", "no-sockets", 1, { title: "Streamed" });
    await card(page, "Streamed").waitFor();
  },

  async withoutSocketsAndStreams({ open, call }) {
    const blocked = ["**/socket.io/**", "**/events?*"];
    const page = await open("/shop/polls", { blocked });
    await connected(page, "Asking every few seconds");
    await call("send", "polls", 1, { title: "Asked for" });
    await card(page, "Asked for").waitFor();
  },

  async saysThatNothingIsThere({ open, call }) {
    const operators = String(await call("operators"));
    const withoutFlow = String(await call("other"));
    for (const address of ["/nonsense", `${withoutFlow}/flow`, `${operators}/shop/nobody`]) {
      const page = await open(address);
      await page.getByRole("heading", { name: "There is no page at this address" }).waitFor();
      const isForOperators = address.startsWith(operators);
      await page.getByRole("link", { name: isForOperators ? "see what flows" : "choose a shop" }).click();
      await page.getByRole("heading", { name: isForOperators ? "Flow" : "Two halves in" }).waitFor();
    }
  },

  async asksWhoReads({ open, call }) {
    await call("send", "private", 1, { title: "Not for everybody" });
    const service = String(await call("for_readers"));
    const page = await open(`${service}/shop/private`);
    await page.getByText("There is no token: send one that names this seller.").waitFor();
    const token = String(await call("token", { sellers: ["private"] }));
    await page.getByLabel("Access token").fill(token);
    await page.getByRole("button", { name: "Go on" }).click();
    await card(page, "Not for everybody").waitFor();
    await connected(page);
    await page.goto(`${service}/shop/another`);
    await page.getByText("The token does not name this seller").waitFor();
  },

  async twoInstances({ open, call }) {
    const other = (await call("other")) as string;
    const pages = [await open("/shop/both"), await open(`${other}/shop/both`)];
    await Promise.all(pages.map((page) => connected(page)));
    await call("send", "both", 1, { title: "For both" });
    await Promise.all(pages.map((page) => card(page, "For both").waitFor()));
  },

  async wakesUp({ open, call }) {
    const page = await open("/shop/sleeps");
    await connected(page);
    const session = await page.context().newCDPSession(page);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await call("send", "sleeps", 1, { title: "While it slept" });
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await card(page, "While it slept").waitFor();
  },

  async changesInPlace({ open, call }) {
    const page = await open("/shop/changes");
    await call("send", "changes", 1, { title: "Older" });
    await call("send", "changes", 2, { title: "Newer" });
    await card(page, "Older").waitFor();
    await card(page, "Newer").waitFor();
    await page.getByRole("link", { name: "Older" }).focus();
    await call("send", "changes", 1, { title: "Older", price: 77 });
    await card(page, "Older").getByText("77").waitFor();
    const titles = await page.getByRole("heading", { level: 2 }).allTextContents();
    assert(titles.join() === "Newer,Older", `the order is ${titles.join()}`);
    const focused = await page.evaluate("document.activeElement.textContent");
    assert(focused === "Older", `the focus is on ${String(focused)}`);
  },

  async scrolled({ open, call }) {
    for (let n = 1; n <= 45; n += 1) await call("send", "long", n, { title: `Number ${n}` });
    const page = await open("/shop/long", { viewport: { width: 1024, height: 700 } });
    await card(page, "Number 45").waitFor();
    // To the end, page by page: each is there, once.
    await page.waitForFunction(() => {
      window.scrollTo(0, document.body.scrollHeight);
      return document.querySelectorAll("article").length === 45;
    });
    await page.evaluate(() => window.scrollTo(0, 900));
    const seen = cards(page).nth(12);
    const before = await seen.boundingBox();
    await call("send", "long", 46, { title: "Number 46" });
    const arrivals = page.getByRole("button", { name: "1 new product" });
    await arrivals.waitFor();
    const after = await seen.boundingBox();
    assert(before?.y === after?.y, `what is read moved from ${before?.y} to ${after?.y}`);
    assert((await cards(page).count()) === 45, "the new one is shown already");
    await arrivals.click();
    await card(page, "Number 46").waitFor();
    assert((await page.evaluate(() => window.scrollY)) === 0, "the page is not at its top");
  },

  async keyboard({ open, call }) {
    await call("send", "keys", 1, { title: "By keys" });
    const page = await open("/shop/keys");
    await tabTo(page, page.getByRole("link", { name: "By keys" }));
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "By keys" });
    await dialog.getByText("Made", { exact: true }).waitFor();
    await page.keyboard.press("Tab");
    assert(await dialog.evaluate((it) => it.contains(document.activeElement)), "the focus got out");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.textContent === "By keys");
    assert(!page.url().includes("product="), "the address still names the product");
  },

  async announces({ open, call }) {
    const page = await open("/shop/heard");
    await connected(page);
    const said = page.getByRole("status");
    for (const n of [1, 2, 3]) await call("send", "heard", n, { title: `Number ${n}` });
    await said.filter({ hasText: "3 new products" }).waitFor({ state: "attached" });
    await call("send", "heard", 3, { title: "Number 3, changed" });
    await card(page, "Number 3, changed").waitFor();
    const words = (await said.allTextContents()).join("");
    assert(words === "3 new products", `what was said is "${words}"`);
  },

  async arrivesAnywhere({ open, call }) {
    const page = await open("/", { viewport: { width: 360, height: 740 } });
    const strip = page.getByRole("region", { name: "Arriving now" });
    await strip.waitFor();
    await call("send", "anywhere", 1, { title: "Made somewhere" });
    const made = strip.getByRole("link", { name: /^Made somewhere.*anywhere.*New, \d+ s ago$/ });
    await made.waitFor();
    await call("send", "anywhere", 1, { title: "Made again" });
    await strip.getByRole("link", { name: /^Made again.*Updated, \d+ s ago$/ }).waitFor();
    const live = await strip.locator("[aria-live], [role=status], [role=log]").count();
    assert(live === 0, "the strip is read out");
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(width === 360, `the page is ${width} px wide`);
    // What somebody is about to choose stays where it is, while others see what comes.
    await strip.getByRole("link").first().focus();
    const other = await open("/");
    await call("send", "anywhere", 2, { title: "Comes meanwhile" });
    await other.getByRole("link", { name: /^Comes meanwhile/ }).waitFor();
    await other.waitForResponse(/operations\/flow$/);
    const [first] = await strip.getByRole("link").allTextContents();
    assert(first?.startsWith("Made again") === true, `the first one became ${first}`);
    await page.keyboard.press("Enter");
    await page.waitForURL("**/shop/anywhere");
  },

  async showsNoStripElsewhere({ open, call }) {
    const page = await open("/docs");
    const asked: string[] = [];
    page.on("request", (sent) => asked.push(sent.url()));
    await page.goto(String(await call("other")));
    await page.getByRole("heading", { name: "Look further" }).waitFor();
    await page.waitForLoadState("networkidle");
    const strips = await page.getByText("Arriving now").count();
    const calls = asked.filter((url) => url.includes("/operations/"));
    assert(strips + calls.length === 0, `there is a strip, or a call: ${calls.join()}`);
  },

  ...appScenarios,
  ...educationScenarios,
  ...flowScenarios,
  ...catalogueScenarios,
  ...inputScenarios,
  ...forbiddenScenarios,
  ...keptScenarios,
  ...personScenarios,
  ...productScenarios,
  ...productFailureScenarios,
  ...savingScenarios,
  ...projectScenarios,
  ...projectStepScenarios,
  awkwardShop,
  phoneWidth,
  nothingFades,
  nothingSerious,
  sitePictures,
  productPictures,
  projectPictures,
  educationPictures,
};
