import type { Page, Route } from "playwright-core";
import { seriousOn } from "./accessibility.ts";
import { answeredBy } from "./offline.ts";
import { focused } from "./product-wizard.ts";
import { assert, type Stage } from "./stage.ts";

/** A valid product, for everyone. */
export const WORKSHOP = {
  productName: "Hand workshop",
  productDescription: "A day about hand rehabilitation.",
  productCategory: 4,
  productGlCode: 14,
  productYear: "2026",
  productStatus: 1,
  generalPrice: 120.5,
};

const LIST = /\/private\/products\?/;

/** Makes or changes a product as another person would, and returns it. */
export async function callAsAnother(
  { url, call }: Stage,
  method: "POST" | "PATCH",
  path: string,
  body: object,
): Promise<Record<string, unknown>> {
  const token = String(await call("token", { user: "another" }));
  const answer = await fetch(new URL(path, url), {
    method,
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, unknown>;
}

export async function made(stage: Stage, productCode: string, changes: object = {}): Promise<string> {
  const body = { ...WORKSHOP, productCode, ...changes };
  const { productGuid } = await callAsAnother(stage, "POST", "/private/products", body);
  return String(productGuid);
}

/** What people do with products that are there already. */
export const catalogueScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async findsAProduct(stage) {
    await made(stage, "LISTED-1", { productName: "Listed one", productCategory: 5 });
    await made(stage, "LISTED-2", { productName: "Listed two", productStatus: 2 });
    const page = await stage.open("/");
    await page.getByRole("navigation").getByRole("link", { name: "Drafts" }).click();
    await page.route(LIST, (route) => route.continue({ url: `${route.request().url()}&limit=1` }));
    await page.getByRole("link", { name: "All products" }).click();
    const two = page.getByRole("link", { name: "Listed two" });
    await two.waitFor();
    const refuse = (route: Route) => route.fulfill({ status: 403, json: { message: "Forbidden" } });
    await page.route(LIST, refuse, { times: 1 });
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("Only people with the privilege").waitFor();
    assert(await two.isVisible(), "what was shown before is gone");
    const more = page.getByRole("button", { name: "Show more" });
    assert(await more.isDisabled(), "it leads to what would be refused again");
    await page.reload();
    await more.click();
    await page.getByRole("link", { name: "Listed one" }).waitFor();
    await page.unroute(LIST);
    await page.getByLabel("Category").selectOption("Conference");
    await page.getByRole("link", { name: "Listed two" }).waitFor({ state: "detached" });
    await page.getByLabel("Code").fill("listed-1");
    await page.keyboard.press("Enter");
    await page.getByText("1 product.").waitFor();
    assert(page.url().endsWith("?category=5&code=listed-1"), `the address is ${page.url()}`);
    await page.reload();
    await page.getByRole("link", { name: "Listed one" }).click();
    await page.getByRole("heading", { name: "Listed one" }).waitFor();
    await page.goBack();
    await page.getByText("1 product.").waitFor();
  },

  async changesAProduct(stage) {
    await made(stage, "TAKEN-1");
    const page = await stage.open(`/drafts/products/${await made(stage, "CHANGED-1")}`);
    await page.getByRole("button", { name: "Change details" }).click();
    const details = page.getByRole("region", { name: "Details" });
    await focused(page, "#productName");
    await details.getByLabel("Name").fill(" ");
    await page.keyboard.press("Enter");
    await details.getByRole("alert").getByText("Name is required.").waitFor();
    await focused(page, "#productName");
    await details.getByLabel("Name").fill("Changed workshop");
    await details.getByRole("textbox", { name: "Code" }).fill("TAKEN-1");
    await page.keyboard.press("Enter");
    await details.getByRole("alert").getByText("TAKEN-2 is free.").waitFor();
    await details.getByRole("textbox", { name: "Code" }).fill("CHANGED-1");
    const changed = answeredBy(page, /^(PATCH) .*\/private\/products\/[^/]+$/);
    const typeOn = async (route: Route) => {
      await details.getByLabel("Description").fill("Typed while it was saved.");
      await route.continue();
    };
    await page.route("**/private/products/*", typeOn, { times: 1 });
    const save = details.getByRole("button", { name: "Save changes" });
    await save.dblclick();
    await page.getByRole("heading", { name: "Changed workshop" }).waitFor();
    await details.getByText("Saved, but for what you typed since.").waitFor();
    await save.dblclick();
    await details.getByText("Saved.", { exact: true }).waitFor();
    await details.getByText("Typed while it was saved.").waitFor();
    assert(changed.length === 2, `it was changed ${changed.length} times`);
    await page.getByRole("button", { name: "Change audience" }).click();
    await page.getByRole("group", { name: "Province", exact: true }).getByRole("button").press("Enter");
    await page.getByRole("dialog").locator("input:focus").waitFor();
    await page.keyboard.type("ont");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    for (let n = 0; n < 2; n += 1) await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Only people with this will see it: province Ontario.").waitFor();
    await page.reload();
    await page.getByText("province Ontario").waitFor();
  },

  async showsAnothersChange(stage) {
    const guid = await made(stage, "CONFLICT-1");
    const page = await stage.open(`/drafts/products/${guid}`);
    const details = page.getByRole("region", { name: "Details" });
    await changeTogether(stage, page, guid);
    const both = page.getByRole("region", { name: "Changed by somebody else" });
    await focused(page, "[aria-label='Changed by somebody else']");
    await both.getByRole("button", { name: "Save this" }).click();
    await both.getByText("Choose one of the two.").waitFor();
    await both.getByRole("group", { name: "Name" }).getByLabel("Mine").check();
    await callAsAnother(stage, "PATCH", `/private/products/${guid}`, { generalPrice: 7 });
    await both.getByRole("button", { name: "Save this" }).click();
    // Their earlier change is not mistaken for an own one.
    await both.getByText("You changed other fields, so both can be kept.").waitFor();
    await both.getByRole("button", { name: "Save this" }).click();
    await page.getByRole("heading", { name: "Mine" }).waitFor();
    const shown = (await details.innerText()).replace(/\s+/g, " ");
    assert(shown.includes("Year 2027"), shown);
    assert(shown.includes("everybody 7"), `their price is gone: ${shown}`);
  },

  async changesBothParts(stage) {
    const page = await stage.open(`/drafts/products/${await made(stage, "PARTS-1")}`);
    const name = page.getByRole("textbox", { name: "Name", exact: true });
    const rename = async (to: string) => {
      await page.getByRole("button", { name: "Change details" }).click();
      await page.getByRole("button", { name: "Change audience" }).click();
      await name.fill(to);
      await page.getByRole("region", { name: "Details" }).getByRole("button", { name: "Save" }).click();
      await page.getByRole("heading", { name: to }).waitFor();
    };
    await rename("First");
    const province = page.getByRole("button", { name: "Choose Province", exact: true });
    await province.press("Enter");
    await page.getByRole("option", { name: "Ontario" }).click();
    for (let n = 0; n < 2; n += 1) await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("province Ontario").waitFor();
    await rename("Second");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Change audience" }).waitFor();
    assert(await page.getByRole("heading", { name: "Second" }).isVisible(), "an old name is shown");
  },

  async asksBeforeChangesAreLost(stage) {
    const page = await stage.open(`/drafts/products/${await made(stage, "LEFT-1")}`);
    await page.getByRole("button", { name: "Change details" }).click();
    const name = page.getByRole("textbox", { name: "Name", exact: true });
    await name.fill("Not saved");
    // The page may read the product again at any moment.
    await page.route("**/private/products/*", (route) =>
      route.request().method() === "PATCH" ? route.fulfill({ status: 401 }) : route.continue(),
    );
    await page.keyboard.press("Enter");
    await page.getByLabel("Access token").waitFor();
    assert((await page.locator("form form").count()) === 0, "a form is in another one");
    await page.getByRole("link", { name: "All products" }).click();
    await page.getByRole("alertdialog").getByText("is not saved").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    assert((await name.inputValue()) === "Not saved", "what was typed is gone");
    await page.getByRole("link", { name: "All products" }).click();
    await page.getByRole("button", { name: "Leave" }).click();
    await page.getByRole("heading", { name: "Products" }).waitFor();
  },

  async catalogueHasNothingSerious(stage) {
    const found: string[] = [];
    const guid = await made(stage, "AXE-1");
    for (const [colorScheme, rules] of [
      ["light", ""],
      ["dark", '{ runOnly: "color-contrast" }'],
    ] as const) {
      const viewport = { width: 360, height: 740 };
      // The policy of the pages would refuse the script of axe.
      const page = await stage.open("/drafts", { colorScheme, viewport, bypassCSP: true });
      const look = async (where: string) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > 360) found.push(`${where} is ${wide} px wide`);
        found.push(...(await seriousOn(page, rules)).map((what) => `${where}: ${what}`));
      };
      await page.getByRole("link", { name: "All products" }).waitFor();
      if (colorScheme === "light") {
        await look("The choice");
        await page.getByRole("link", { name: "All products" }).click();
        await page.getByText(/^(The newest )?\d+ products?/).waitFor();
        await look("The list");
      }
      await page.goto(new URL(`/drafts/products/${guid}`, stage.url).href);
      await page.getByRole("button", { name: "Change audience" }).waitFor();
      await look("The product");
      await page.getByRole("button", { name: "Change audience" }).click();
      await page.getByRole("group", { name: "Province", exact: true }).getByRole("button").click();
      await page.getByRole("option", { name: "Ontario" }).waitFor();
      await look("The choice of provinces");
      for (let n = 0; n < 2; n += 1) await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Cancel" }).click();
      await changeTogether(stage, page, guid);
      await look("Another's change");
    }
    assert(found.length === 0, found.join("\n"));
  },

  async signsIn(stage) {
    const page = await stage.open(`${String(await stage.call("other"))}/drafts/products`);
    const give = async (claims: object) => {
      await page.getByLabel("Access token").fill(String(await stage.call("token", claims)));
      await page.keyboard.press("Enter");
    };
    await give({ expires_in: -3600 });
    await page.getByText("no longer valid").waitFor();
    await give({ privilege: 1 });
    await page.getByText("Only people with the privilege Admin or Main").waitFor();
    await give({});
    await page.getByText(/products?\b.*\.$/).first().waitFor();
  },
};

/** Changes the name and the year while somebody else changes the name and the price. */
export async function changeTogether(stage: Stage, page: Page, guid: string): Promise<void> {
  await page.getByRole("button", { name: "Change details" }).click();
  const details = page.getByRole("region", { name: "Details" });
  await details.getByLabel("Name").fill("Mine");
  await details.getByLabel("Year").fill("2027");
  // Each time others than before.
  const price = Number(String(Date.now()).slice(-5));
  const theirs = { productName: `Theirs ${price}`, generalPrice: price };
  await callAsAnother(stage, "PATCH", `/private/products/${guid}`, theirs);
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Somebody else changed this meanwhile.").waitFor();
}
