import type { Page } from "playwright-core";
import { camera } from "./pictures.ts";
import { sendAwkward } from "./shapes.ts";
import { cards, connected, type Stage } from "./stage.ts";

/** Makes pictures of the pages of shops, of the flow and of the guides. */
export async function sitePictures(stage: Stage): Promise<void> {
  const look = camera(stage);
  await sendAwkward(stage, "awkward");
  await sendSamples(stage);
  const first = String(await stage.call("video", 3));
  await sendBroken(stage);
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
    guides: "/docs",
    guide: "/docs/operations",
    "api-docs": "/api/docs",
  };
  const page = await stage.open("/", { viewport: { width: 1024, height: 740 } });
  for (const [name, path] of Object.entries(paths)) {
    await page.goto(new URL(path, stage.url).href);
    if (path.startsWith("/shop/") && !path.includes("?")) await connected(page);
    if (name === "product-sample") await cards(page).first().getByRole("link").click();
    if (name === "shop-arrival") await arrive(stage, page);
    if (name === "api-docs") await page.getByText("/api/v1/shop/{handle}/products").first().waitFor();
    if (name === "flow") await connected(page);
    if (name.startsWith("video")) await page.getByText("The caption was refused").waitFor();
    if (name === "video-repair") await preview(page);
    await page.waitForLoadState("networkidle").catch(() => undefined);
    await look(page, name);
  }
}

/** Something arrives while people read further down. */
async function arrive({ call }: Stage, page: Page): Promise<void> {
  await cards(page).nth(7).waitFor();
  await page.waitForFunction(() => {
    document.body.style.minHeight = "300vh";
    window.scrollTo(0, 300);
    return window.scrollY === 300;
  });
  // Newer than the samples, whose ids begin with the time.
  await call("send", "home256", 300_000_000_000_000_000, { title: "Arrived meanwhile" });
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
