import type { Locator, Page } from "playwright-core";
import { seriousOn } from "./accessibility.ts";
import { assert, connected, type Stage } from "./stage.ts";

/** What operators do on the page of the flow and on that of a video. */
export const flowScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async findsAVideo({ open, call }) {
    await call("send", "found", 1, { title: "A cup" });
    const page = await open("/flow");
    await connected(page);
    await page.getByLabel("Seller", { exact: true }).fill("@found");
    await page.getByLabel("Video", { exact: true }).fill((await call("video", 1)) as string);
    await page.getByRole("button", { name: "Find video" }).click();
    await page.getByText("The product has been there since").waitFor();
    assert(page.url().includes("/flow/videos/found/"), `the address is ${page.url()}`);
    await page.getByLabel("Video", { exact: true }).fill((await call("video", 2)) as string);
    await page.keyboard.press("Enter");
    await page.getByText("Nothing of this video has arrived").waitFor();
  },

  async showsWhatHappens({ open, call }) {
    const page = await open("/flow");
    await connected(page);
    await call("half", "caption", "waits", 1, {});
    const stages = page.getByRole("list", { name: "From the queues to the browsers" });
    await stages.getByText(/^[1-9]\d* received a minute$/).first().waitFor();
  },

  async listsInstances({ open }) {
    const page = await open("/flow");
    const instances = page.getByRole("region", { name: "Instances" }).getByRole("listitem");
    const own = instances.filter({ hasText: "receives messages and serves clients" });
    await own.getByText(/^up for \d+ \w+, \d+ connections?$/).waitFor();
    const other = instances.filter({ hasText: /: ?\d+serves clients, version/ });
    await other.getByText(/^up for .*, heard of \d+ s ago$/).waitFor();
  },

  async startsWithFewLettersOnAPhone({ open, call }) {
    for (let n = 1; n <= 7; n += 1) await call("half", "caption", "many", n, { title: 7 });
    const page = await open("/flow?reason=invalid_event", {
      viewport: { width: 360, height: 740 },
    });
    const all = page.getByRole("button", { name: /^Show all \d+$/ });
    await readUntil(page, all);
    const letters = page.getByRole("article");
    assert((await letters.count()) === 5, `${await letters.count()} letters are shown`);
    await all.press("Enter");
    await letters.nth(6).waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent?.startsWith("invalid event"));
    await page.setViewportSize({ width: 1280, height: 740 });
    await page.reload();
    await letters.nth(6).waitFor();
  },

  async saysThatTheServiceIsGone({ open, call }) {
    const page = await open("/flow");
    await connected(page);
    await call("stop");
    await connected(page, "No answer");
    await page.getByText("The service does not answer.").waitFor();
    await call("start");
    await connected(page);
  },

  async redrivesByReason({ open, call }) {
    await call("half", "caption", "astray", 1, { title: "Astray" }, "thumbnail");
    const page = await open("/flow");
    await letter(page, "wrong queue");
    const video = page.getByRole("article").getByText("astray, video");
    const before = await video.locator("..").textContent();
    await page.getByRole("navigation", { name: "Reason" }).getByText("wrong queue").click();
    await page.getByRole("button", { name: "Put all of this reason back" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("1 letter goes back.").waitFor();
    await dialog.getByRole("button", { name: "Put back 1 letter" }).click();
    await dialog.getByText("1 letter was put back.").waitFor();
    await page.keyboard.press("Escape");
    // It is refused again, as another message.
    await page.getByText(before ?? "", { exact: true }).waitFor({ state: "detached" });
  },

  async repairsOne({ open, call }) {
    await call("half", "caption", "mended", 1, { confidence_score: 5 });
    await call("half", "thumbnail", "mended", 1, {});
    const page = await open(`/flow/videos/mended/${String(await call("video", 1))}`);
    await letter(page, "invalid event");
    await page.getByRole("button", { name: "Repair and put back" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Field").fill("confidence_score");
    await dialog.getByText("Now 5.").waitFor();
    await dialog.getByLabel("New value").fill("4");
    await page.keyboard.press("Enter");
    await dialog.getByText("It would be refused again").waitFor();
    await dialog.getByLabel("New value").fill("0.50");
    await page.keyboard.press("Enter");
    const row = dialog.getByRole("row", { name: "confidence_score" });
    await row.getByText("0.5").waitFor();
    await dialog.getByRole("button", { name: "Repair and put back" }).click();
    await dialog.getByText("1 letter was put back.").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      dialog.getByRole("button", { name: "Download the old bodies" }).click(),
    ]);
    assert(download.suggestedFilename().endsWith(".jsonl"), "the file is no JSON lines");
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.getByText("Product", { exact: true }).waitFor();
  },

  async announcesAgain({ open, call }) {
    await call("send", "again", 1, { title: "Again" });
    const page = await open(`/flow/videos/again/${String(await call("video", 1))}`);
    await page.getByRole("button", { name: "Announce again" }).click();
    const dialog = page.getByRole("dialog");
    await Promise.all([
      page.waitForRequest((sent) => sent.postData()?.includes('"preview":false') === true),
      dialog.getByRole("button", { name: "Announce 1 product" }).click(),
    ]);
    await dialog.getByText("1 product was announced.").waitFor();
  },

  async keepsFilters({ open }) {
    const page = await open("/flow?reason=not_json");
    await page.getByRole("link", { name: "thumbnail", exact: true }).click();
    await page.reload();
    assert(page.url().endsWith("/flow?reason=not_json&queue=thumbnail"), `it is ${page.url()}`);
    for (const chosen of ["thumbnail", "not JSON"]) {
      await page.locator("[aria-current=true]").filter({ hasText: chosen }).waitFor();
    }
    await page.goBack();
    await page.locator("[aria-current=true]").filter({ hasText: "Both queues" }).waitFor();
  },

  async asksForAToken({ open, call }) {
    const page = await open(`${String(await call("operators"))}/flow`);
    await connected(page);
    const links = await page.getByRole("link", { name: "Guides" }).count();
    assert(links === 0, "a link leads nowhere");
    await page.getByLabel("Seller whose products to announce").fill("anybody");
    await page.getByRole("button", { name: "Preview" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Only people whose token has the privilege Main").waitFor();
    await dialog.getByLabel("Token").fill(await localToken(await open("/")));
    await page.keyboard.press("Enter");
    await dialog.getByText("0 products would be announced.").waitFor();
  },

  async flowHasNothingSerious({ open, call }) {
    await call("half", "caption", "heard-out", 1, { confidence_score: 5 });
    const video = `/flow/videos/heard-out/${String(await call("video", 1))}`;
    const found: string[] = [];
    for (const [colorScheme, rules] of [
      ["light", ""],
      ["dark", '{ runOnly: "color-contrast" }'],
    ] as const) {
      // The policy of the pages would refuse the script of axe.
      const page = await open("/flow", { colorScheme, bypassCSP: true });
      await connected(page);
      await letter(page, "invalid event");
      found.push(...(await seriousOn(page, rules)));
      await page.goto(new URL(video, page.url()).href);
      await letter(page, "invalid event");
      found.push(...(await seriousOn(page, rules)));
      await page.getByRole("button", { name: "Repair and put back" }).click();
      await page.getByText("Now 5.").waitFor();
      found.push(...(await seriousOn(page, rules)));
    }
    assert(found.length === 0, found.join("\n"));
  },
};

/** Waits for a dead letter, reading again as people would. */
async function letter(page: Page, reason: string): Promise<void> {
  const letters = page.getByRole("article").filter({ hasText: new RegExp(reason, "i") });
  await readUntil(page, letters.first());
}

/** Waits for something, reading dead letters again whenever they have changed. */
async function readUntil(page: Page, there: Locator): Promise<void> {
  const again = page.getByRole("button", { name: "Read again" });
  const outdated = again.and(page.locator(".primary"));
  await page.addLocatorHandler(outdated, () => again.click());
  await there.waitFor();
  // Behind a dialog it could not be clicked.
  await page.removeLocatorHandler(outdated);
}

async function localToken(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const answer = await fetch("/local/token", { method: "POST" });
    return ((await answer.json()) as { token: string }).token;
  });
}
