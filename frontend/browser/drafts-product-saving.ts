import type { Page, Request, Route } from "playwright-core";
import { made } from "./drafts-products.ts";
import { assert, type Stage } from "./stage.ts";

/** Before the page itself gives up. One that is asked twice at the same time may have to be asked again. */
const LOST_MS = 40_000;
const PRODUCT = "**/private/products/*";

/** How changes of a product are saved where answers are lost or late. */
export const savingScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async savesOnceAfterALostAnswer(stage) {
    const page = await stage.open(`/drafts/products/${await made(stage, "LOST-1")}`);
    await page.getByRole("button", { name: "Change details" }).click();
    const details = page.getByRole("region", { name: "Details" });
    await details.getByLabel("Name").fill("Saved already");
    await loseAnswer(page);
    await page.keyboard.press("Enter");
    await details.getByRole("button", { name: "Try again" }).click();
    await details.getByText("Saved.").waitFor();
    await page.getByRole("heading", { name: "Saved already" }).waitFor();
  },

  async savesWhileItIsReadAgain(stage) {
    const page = await stage.open(`/drafts/products/${await made(stage, "READ-1")}`);
    await page.getByRole("button", { name: "Change details" }).click();
    const details = page.getByRole("region", { name: "Details" });
    await details.getByLabel("Name").fill("Saved already");
    const { release, isRead, isOver } = await holdRead(page);
    // As when somebody comes back to the tab: the page reads what has not been changed yet.
    await page.evaluate(() => window.dispatchEvent(new Event("visibilitychange")));
    await isRead;
    await loseAnswer(page);
    await page.keyboard.press("Enter");
    await details.getByRole("button", { name: "Try again" }).click();
    await details.getByText("Saved.").waitFor();
    release();
    await isOver;
    await page.getByRole("button", { name: "Change details" }).click();
    const name = await details.getByLabel("Name").inputValue();
    assert(name === "Saved already", `what was read before is shown after the change: ${name}`);
  },
};

/** The service makes the next change of a product, and its answer is lost. */
async function loseAnswer(page: Page): Promise<void> {
  let isLost = false;
  await page.route(PRODUCT, async (route) => {
    const request = route.request();
    if (isLost || request.method() !== "PATCH") return route.fallback();
    isLost = true;
    try {
      const [method, headers, body] = [request.method(), request.headers(), request.postData()];
      await fetch(request.url(), { method, headers, body, signal: AbortSignal.timeout(LOST_MS) });
    } finally {
      // Lost also where the service has not answered here: the page has to say so in any case.
      await route.abort();
    }
  });
}

/** Holds the answer to the next reading of a product, as it was then. */
async function holdRead(page: Page) {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let over = () => {};
  const isOver = new Promise<void>((resolve) => (over = resolve));
  const isRead = new Promise<void>((resolve) => {
    const hold = async (route: Route) => {
      const [request, response] = [route.request(), await route.fetch()];
      const end = (ended: Request) => void (ended === request && over());
      page.on("requestfinished", end).on("requestfailed", end);
      resolve();
      await released;
      await route.fulfill({ response }).catch(over);
    };
    void page.route(PRODUCT, hold, { times: 1 });
  });
  return { release, isRead, isOver };
}
