import type { Route } from "playwright-core";
import { answeredBy, offlineForAMinute } from "./offline.ts";
import {
  busy,
  done,
  fillDetails,
  focused,
  giveToken,
  heading,
  made,
  next,
  price,
  publish,
  toReview,
} from "./product-wizard.ts";
import { assert, type Stage } from "./stage.ts";

const COMMIT = "**/private/products/orchestrate/session/*/commit";

/** How a product is made all the same where drafts expire, services stop and networks are gone. */
export const productFailureScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async productDraftExpiresAndBeginsAgain({ open, call }) {
    const page = await open(`${String(await call("brief", 5))}/drafts/product`);
    const created = answeredBy(page, /^POST .*session\/(create)$/);
    await giveToken(page, "not.a.token");
    await page.getByText("This is not a whole access token").waitFor();
    await giveToken(page, String(await call("token", { expires_in: -3_600 })));
    await fillDetails(page, "expires");
    await next(page, "prices");
    await page.getByText("missing or no longer valid").waitFor();
    await giveToken(page, String(await call("token", { privilege: 1 })));
    await page.getByText("Only people with the privilege Admin or Main prepare products.").waitFor();
    const forward = page.getByRole("button", { name: "Next: prices" });
    assert(await forward.isDisabled(), "who may not go on is led on");
    // Here the draft expires earlier than at the service.
    await page.evaluate(() => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + 1_500;
    });
    await page.route("**/progress", busy, { times: 1 });
    await giveToken(page, String(await call("token", {})));
    await heading(page, "Prices", "25 %");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "This draft is gone" }).waitFor();
    await heading(page, "Prices", "25 %");
    await page.route("**/session/create", livesLong);
    await page.route("**/session/create", busy, { times: 1 });
    await page.getByRole("button", { name: "Begin again" }).dblclick();
    // Behind the question nobody would see why nothing is begun.
    await page.getByRole("alertdialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Try again" }).dblclick();
    await page.getByText("This draft has expired.").waitFor({ state: "detached" });
    await heading(page, "Prices", "25 %");
    assert(created.length === 2, `${created.length} drafts were begun`);
    await page.getByRole("button", { name: "Details" }).click();
    assert((await page.getByLabel("Code", { exact: true }).inputValue()) === "expires", "gone");
  },

  async productOfALostCommit(stage) {
    const page = await stage.open("/drafts/product");
    const token = String(await stage.call("token", {}));
    await page.evaluate((it) => sessionStorage.setItem("assembly-service.token", it), token);
    await page.reload();
    await page.clock.install();
    const answered = done(page);
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
    const refuse = (route: Route) => route.fulfill({ status: 401, json: { message: "Unauthorized" } });
    await page.route("**/progress", refuse);
    // The page asks every few seconds.
    await page.clock.fastForward(6_000);
    await page.getByText("missing or no longer valid").waitFor();
    await page.unroute("**/progress");
    await giveToken(page, token);
    await page.getByRole("heading", { name: "LOST is published" }).waitFor();
    assert(answered.join() === "create,product,product", `what arrived: ${answered.join()}`);
  },

  async productOfACutOffCommit(stage) {
    const page = await stage.open("/drafts/product");
    await page.clock.install();
    const answered = done(page);
    await toReview(page, "cut-off");
    await stage.call("cut_off_commits");
    await Promise.all([page.waitForEvent("requestfailed"), publish(page)]);
    await stage.call("stop");
    await stage.call("start");
    await page.reload();
    await page.getByText("The product is being published.").waitFor();
    // After the lease of the commit that died another call takes over.
    await page.clock.fastForward(36_000);
    await page.getByRole("heading", { name: "CUT-OFF is published" }).waitFor({ timeout: 90_000 });
    const expected = "create,product,product,commit";
    assert(answered.join() === expected, `what arrived: ${answered.join()}`);
  },

  async productOffline(stage) {
    const page = await stage.open("/drafts/product");
    await page.clock.install();
    const answered = done(page);
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
};

/** Begins a draft that the page takes for one that lives for long. */
async function livesLong(route: Route): Promise<void> {
  const response = await route.fetch();
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  await route.fulfill({ response, json: { ...(await response.json()), expiresAt } });
}
