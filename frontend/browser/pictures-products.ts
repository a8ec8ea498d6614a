import type { Route } from "playwright-core";
import { withoutStorage } from "./drafts-kept.ts";
import { changeTogether, made } from "./drafts-products.ts";
import { camera, hold, type Look } from "./pictures.ts";
import {
  fillDetails,
  giveToken,
  heading,
  make,
  next,
  price,
  publish,
  toReview,
  walkThrough,
} from "./product-wizard.ts";
import type { Stage } from "./stage.ts";

const WIZARD = "/drafts/product";
const COMMIT = "**/private/products/orchestrate/session/*/commit";

/** Makes pictures of the pages of products: of each step, and of whatever people may meet there. */
export async function productPictures(stage: Stage): Promise<void> {
  const look = camera(stage, { fullPage: true });
  await signIn(stage, look);
  await lists(stage, look);
  await aProduct(stage, look);
  const page = await stage.open(WIZARD);
  await page.getByLabel("Name").waitFor();
  await look(page, "new-product-empty");
  await walkThrough(page, "LOOKED-AT", (name) => look(page, `new-product-${name}`));
  await page.close();
  const unkept = await withoutStorage(stage, WIZARD);
  await unkept.getByLabel("Name").waitFor();
  await look(unkept, "new-product-not-kept");
  await unkept.close();
  await publishing(stage, look);
  await refusals(stage, look);
  await time(stage, look);
}

async function signIn({ open, call }: Stage, look: Look): Promise<void> {
  const page = await open(`${String(await call("other"))}/drafts/products`);
  await page.getByLabel("Access token").waitFor();
  await look(page, "products-sign-in");
  await giveToken(page, String(await call("token", { expires_in: -3_600 })));
  await page.getByText("no longer valid").waitFor();
  await look(page, "products-401");
  await giveToken(page, String(await call("token", { privilege: 1 })));
  await page.getByText("Only people with the privilege").waitFor();
  await look(page, "products-403");
  const organization = "11111111-2222-4333-8444-555555555555";
  await giveToken(page, String(await call("token", { organization })));
  await page.getByText("There are no products yet.").waitFor();
  await look(page, "products-empty");
}

async function lists(stage: Stage, look: Look): Promise<void> {
  for (let number = 1; number <= 21; number += 1) {
    const productName = number % 3 ? `Workshop ${number}` : `Annual conference of the society, part ${number}`;
    await made(stage, `LIST-${number}`, { productName, productStatus: 1 + (number % 3) });
  }
  const page = await stage.open("/drafts/products");
  await page.getByRole("button", { name: "Show more" }).waitFor();
  await look(page, "products");
  await page.goto(new URL("/drafts/products?category=5&code=nothing", stage.url).href);
  await page.getByText("No product fits.").waitFor();
  await look(page, "products-none-fits");
  await page.goto(new URL("/drafts", stage.url).href);
  await page.getByRole("link", { name: "All products" }).waitFor();
  await look(page, "drafts");
}

async function aProduct(stage: Stage, look: Look): Promise<void> {
  const guid = await made(stage, "OSOT-WORKSHOP-2026");
  const page = await stage.open(`/drafts/products/${guid}`);
  await page.getByRole("button", { name: "Change audience" }).waitFor();
  await look(page, "product-record");
  await page.getByRole("button", { name: "Change details" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(" ");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("Name is required.").waitFor();
  await look(page, "product-details");
  await page.getByRole("link", { name: "All products" }).click();
  await page.getByRole("alertdialog").waitFor();
  await look(page, "product-leave");
  await page.getByRole("button", { name: "Cancel" }).last().click();
  await page.reload();
  await page.getByRole("button", { name: "Change audience" }).click();
  await page.getByRole("group", { name: "City", exact: true }).getByRole("button").click();
  for (const city of ["Ajax", "Barrie"]) await page.getByRole("option", { name: city }).click();
  await look(page, "product-audience");
  await page.reload();
  await changeTogether(stage, page, guid);
  await look(page, "product-conflict");
  await page.goto(new URL("/drafts/products/00000000-0000-4000-8000-000000000000", stage.url).href);
  await page.getByRole("alert").waitFor();
  await look(page, "product-absent");
}

/** While it is published, and after it. */
async function publishing({ open }: Stage, look: Look): Promise<void> {
  const page = await open(WIZARD);
  await toReview(page, "PUBLISHED");
  await look(page, "new-product-skipped");
  await page.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("alertdialog").waitFor();
  await look(page, "new-product-discard");
  await page.getByRole("button", { name: "Cancel" }).click();
  const release = await hold(page, COMMIT);
  await publish(page);
  await page.getByText("is being published").waitFor();
  await look(page, "new-product-publishing");
  release();
  await page.getByRole("heading", { name: "PUBLISHED is published" }).waitFor();
  await look(page, "new-product-published");
}

/** What the service does not take. */
async function refusals(stage: Stage, look: Look): Promise<void> {
  const page = await stage.open(WIZARD);
  await make(stage, "TAKEN");
  await fillDetails(page, "taken");
  await page.getByRole("button", { name: "Use TAKEN-2 instead" }).waitFor();
  await look(page, "new-product-taken");
  await page.getByRole("button", { name: "Use TAKEN-2 instead" }).click();
  await next(page, "prices");
  await price(page).fill("1.005");
  await next(page, "audience");
  await page.getByRole("alert").getByText("at most 2 decimals").waitFor();
  await look(page, "new-product-price-mistake");
  await price(page).fill("1");
  await page.context().setOffline(true);
  await next(page, "audience");
  await page.getByRole("status").getByText("No connection").waitFor();
  await look(page, "new-product-offline");
  await page.context().setOffline(false);
  await heading(page, "Audience", "50 %");
  await page.getByRole("button", { name: "Choose City", exact: true }).click();
  for (const city of ["Ajax", "Barrie"]) await page.getByRole("option", { name: city }).click();
  await look(page, "new-product-cities");
  for (let n = 0; n < 2; n += 1) await page.keyboard.press("Escape");
  await page.getByLabel("Find a criterion").fill("zzz");
  await look(page, "new-product-no-criterion");
  await page.getByRole("button", { name: "Skip" }).click();
  const overtake = async (route: Route) => {
    await make(stage, "TAKEN-2");
    await route.continue();
  };
  await page.route(COMMIT, overtake, { times: 1 });
  await publish(page);
  await page.getByText("The product was not published, and nothing was written.").waitFor();
  await page.getByRole("button", { name: "Use TAKEN-3 instead" }).waitFor();
  await look(page, "new-product-not-published");
}

/** What is said of a draft that has little time left, or none. */
async function time({ open, call }: Stage, look: Look): Promise<void> {
  const page = await open(WIZARD);
  await page.clock.install();
  await fillDetails(page, "late");
  await next(page, "prices");
  await heading(page, "Prices", "25 %");
  await price(page).fill("12.50");
  await page.clock.runFor(1_500);
  await page.reload();
  await page.getByText("What you typed before is here again.").waitFor();
  await look(page, "new-product-here-again");
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByRole("button", { name: "Begin with an empty form" }).waitFor();
  await look(other, "new-product-other-tab");
  await other.close();
  await page.clock.fastForward("01:46:00");
  await page.getByText("expires in less than 15 minutes").waitFor();
  await look(page, "new-product-15-minutes");
  await page.clock.fastForward("10:00");
  await page.getByText("expires in less than 5 minutes").waitFor();
  await look(page, "new-product-5-minutes");

  const brief = await open(`${String(await call("brief", 5))}${WIZARD}`);
  await giveToken(brief, String(await call("token", { privilege: 1 })));
  await fillDetails(brief, "expired");
  await next(brief, "prices");
  await brief.getByText("Only Admin users can create products").waitFor();
  await look(brief, "new-product-403");
  await giveToken(brief, String(await call("token", {})));
  await brief.getByRole("heading", { name: "This draft is gone" }).waitFor();
  await look(brief, "new-product-expired");
  await brief.getByRole("button", { name: "Cancel" }).click();
  await look(brief, "new-product-expired-kept");
}
