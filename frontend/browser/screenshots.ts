import type { Page } from "playwright-core";
import { changeTogether, made } from "./drafts-products.ts";
import { walkThrough } from "./product-wizard.ts";
import { sendAwkward } from "./shapes.ts";
import { cards, connected, type Stage } from "./stage.ts";

const WIDTHS = [360, 1024, 2560];
const SCHEMES = ["light", "dark"] as const;

/** Makes a picture of each page, in three widths and two schemes, in the directory of the test. */
export async function screenshots(stage: Stage): Promise<void> {
  const directory = String(await stage.call("directory"));
  await sendAwkward(stage, "awkward");
  await sendSamples(stage);
  const first = String(await stage.call("video", 3));
  await sendBroken(stage);
  const guid = await made(stage, "OSOT-WORKSHOP-2026");
  const paths: Record<string, string> = {
    home: "/",
    shop: "/shop/home256",
    "shop-empty": "/shop/nobody-yet",
    "shop-awkward": "/shop/awkward",
    product: `/shop/awkward?product=${first}`,
    "product-sample": "/shop/home256",
    "shop-arrival": "/shop/home256",
    flow: "/flow",
    video: `/flow/videos/home256/${first}`,
    "video-repair": `/flow/videos/home256/${first}`,
    drafts: "/drafts",
    products: "/drafts/products",
    "product-record": `/drafts/products/${guid}`,
    "product-audience": `/drafts/products/${guid}`,
    "product-conflict": `/drafts/products/${guid}`,
    projects: "/drafts/projects",
    "project-new": "/drafts/project",
    education: "/drafts/education",
    guides: "/docs",
    guide: "/docs/operations",
    "api-docs": "/api/docs",
  };
  let arrived = 0;
  for (const colorScheme of SCHEMES) {
    for (const width of WIDTHS) {
      const viewport = { width, height: Math.round(Math.max(740, width * 0.6)) };
      const page = await stage.open("/", { colorScheme, viewport });
      for (const [name, path] of Object.entries(paths)) {
        await page.goto(new URL(path, stage.url).href);
        if (path.startsWith("/shop/") && !path.includes("?")) await connected(page);
        if (name === "product-sample") await cards(page).first().getByRole("link").click();
        if (name === "shop-arrival") await arrive(stage, page, (arrived += 1));
        if (name === "api-docs") await page.getByText("/api/v1/shop/{handle}/products").first().waitFor();
        if (name === "flow") await connected(page);
        if (name.startsWith("video")) await page.getByText("The caption was refused").waitFor();
        if (name === "video-repair") await preview(page);
        if (name === "product-audience") await chooseCities(page);
        if (name === "product-conflict") await changeTogether(stage, page, guid);
        await page.waitForLoadState("networkidle").catch(() => undefined);
        await page.screenshot({ path: `${directory}/${name}-${width}-${colorScheme}.png` });
      }
      await page.goto(new URL("/drafts/product", stage.url).href);
      await walkThrough(page, `LOOKED-AT-${width}-${colorScheme}`, async (name) => {
        const path = `${directory}/new-product-${name}-${width}-${colorScheme}.png`;
        await page.screenshot({ path, fullPage: true });
      });
      await page.close();
    }
  }
}

async function chooseCities(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Change audience" }).click();
  await page.getByRole("group", { name: "City", exact: true }).getByRole("button").click();
  for (const city of ["Ajax", "Barrie"]) await page.getByRole("option", { name: city }).click();
}

/** Something arrives while people read further down. */
async function arrive({ call }: Stage, page: Page, number: number): Promise<void> {
  await cards(page).nth(7).waitFor();
  await page.waitForFunction(() => {
    document.body.style.minHeight = "300vh";
    window.scrollTo(0, 300);
    return window.scrollY === 300;
  });
  // Newer than the samples, whose ids begin with the time.
  const video = 300_000_000_000_000_000 + number * 1_000;
  await call("send", "home256", video, { title: "Arrived meanwhile" });
  await page.getByRole("button", { name: /new product/ }).waitFor();
}

/** What makes work for operators. */
async function sendBroken({ call }: Stage): Promise<void> {
  await call("half", "thumbnail", "home256", 3, {});
  await call("half", "caption", "home256", 3, { price: "about 20" });
  await call("half", "caption", "amani_beads", 4, {}, "thumbnail");
  for (const n of [5, 6, 7]) await call("half", "caption", "kampala.kicks", n, {});
  for (const n of [8, 9, 10, 11]) await call("half", "caption", "kampala.kicks", n, { price: "low" });
}

async function preview(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Repair and put back" }).first().click();
  await page.getByLabel("New value").fill("20");
  await page.keyboard.press("Enter");
  await page.getByText("1 letter goes back.").waitFor();
}

async function sendSamples({ open }: Stage): Promise<void> {
  const page = await open("/");
  await page.getByRole("button", { name: "Send samples" }).click();
  await cards(page).nth(3).waitFor();
  await page.getByRole("link", { name: "Shops" }).click();
  await page.getByRole("button", { name: "Send samples" }).click();
  await cards(page).nth(7).waitFor();
}
