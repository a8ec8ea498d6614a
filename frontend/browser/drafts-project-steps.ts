import { holdAnswer } from "./offline.ts";
import { giveToken } from "./product-wizard.ts";
import { button, hasName, heading, isSaved, keepToken, prepare, saved } from "./project-page.ts";
import { assert, type Stage } from "./stage.ts";

const FORM = "/drafts/project";

/** How people go from step to step, and where each call needs a token. */
export const projectStepScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async projectStepByStep({ open }) {
    const page = await open(FORM);
    await page.clock.install();
    await prepare(page, "Step by step", 1);
    await heading(page, "Details");
    // No second passes: only "Next" can save.
    await page.clock.pauseAt(Date.now() + 60_000);
    const next = page.waitForResponse((response) => isSaved(response));
    await button(page, "Next").click();
    const sent = (await next).request().postData() ?? "";
    assert(sent.includes('"currentStep":2'), `"Next" saves ${sent}`);
    await heading(page, "Documents");
    await page.clock.resume();

    const answer = await holdAnswer(page, "**/validate");
    const checked = page.waitForResponse("**/validate");
    await button(page, "Next").click();
    await button(page, "Back").click();
    await heading(page, "Details");
    answer();
    await checked;
    const changed = page.waitForResponse((response) => isSaved(response, "squareFootage"));
    await page.locator("#squareFootage").fill("");
    await changed;
    await page.getByRole("button", { name: /^Documents/ }).click();
    await button(page, "To the review").click();
    await page.getByRole("alert").getByText("Before the project can be created").waitFor();
    await button(page, "Go to details").click();
    await heading(page, "Details");
    await page.locator("#squareFootage").fill("2400");
    await button(page, "Next").click();
    await heading(page, "Documents");
    const reviewed = page.waitForResponse("**/validate");
    await button(page, "To the review").click();
    await reviewed;
    await heading(page, "Review");
    assert((await page.getByRole("alert").count()) === 0, "the review still lists a mistake");
  },

  async projectAsksForAToken({ open, call }) {
    const service = String(await call("other_projects", ["barn", "mill"]));
    const token = async (claims: object) => String(await call("token", { user: "ann", ...claims }));
    const page = await open(`${service}${FORM}`);
    const calls: string[] = [];
    page.on("request", (request) => void calls.push(request.url()));
    await page.getByText("Sign in to go on.").waitFor();
    assert(!calls.join().includes("/api/project-session"), "somebody is served before the token");
    await giveToken(page, await token({}));
    await page.locator("#buildingType").click();
    const types = await page.getByRole("option").allTextContents();
    assert(types.join() === "Barn,Mill", `the building types are ${types.join()}`);
    await page.getByRole("option", { name: "Mill" }).click();
    await page.locator("#projectName").fill("Before");
    await saved(page);
    await page.evaluate(keepToken, await token({ expires_in: -3_600 }));
    await page.locator("#projectName").fill("Typed with a token that has expired");
    await page.getByText("no longer valid. Nothing you typed is lost").waitFor();
    await giveToken(page, await token({}));
    await saved(page);
    await hasName(page, "Typed with a token that has expired");
    await page.reload();
    await hasName(page, "Typed with a token that has expired");
  },
};
