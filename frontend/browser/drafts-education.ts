import type { Page } from "playwright-core";
import { seriousOn } from "./accessibility.ts";
import {
  account,
  accountOf,
  fill,
  holds,
  next,
  openSessions,
  said,
  upToCreate,
  YEAR,
} from "./education-form.ts";
import { choose, tabTo, type } from "./keyboard.ts";
import { answeredBy, holdAnswer, offlineForAMinute } from "./offline.ts";
import { leaveAndReturn } from "./product-wizard.ts";
import { keepToken } from "./project-page.ts";
import { assert, type Stage } from "./stage.ts";

const PAGE = "/drafts/education";

/** How people register an education. Each scenario has members of its own, of the sample accounts. */
export const educationScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async educationByKeyboard({ open }) {
    const page = await open(PAGE);
    await type(page, page.getByLabel("Member id"), "osot-0000123");
    await choose(page, "COTO status", "Student");
    await choose(page, "University", "Queen's University");
    await type(page, page.getByRole("combobox", { name: "Country" }), "Cana");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await type(page, page.getByLabel("Graduation year"), YEAR);
    await type(page, account(page), accountOf("0000123"));
    await page.keyboard.press("Enter");
    // The button of the next step keeps the focus from step to step.
    await tabTo(page, next(page, "Check all rules"));
    await page.keyboard.press("Enter");
    for (const step of ["Determine the category", "Link the account", "Create the record"]) {
      await next(page, step).waitFor();
      await page.keyboard.press("Enter");
    }
    await page.getByRole("heading", { name: /^The record osot-oted-\d+ is created$/ }).waitFor();
    await page.getByText("Student", { exact: true }).first().waitFor();
    await tabTo(page, next(page, "Complete the registration"));
    await page.keyboard.press("Enter");
    await page.getByText("The registration is complete.").waitFor();
    await tabTo(page, page.getByRole("link", { name: "Open the record" }));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Education record" }).waitFor();
    await page.getByText("osot-0000123").waitFor();
  },

  async educationIsMended({ open, call }) {
    const page = await open(PAGE);
    await fill(page, "0000124");
    await page.getByLabel("Graduation year").fill("");
    await next(page, "Save the data").click();
    await said(page, "Graduation year", "Graduation year is required.");
    await page.getByLabel("Graduation year").and(page.locator(":focus")).waitFor();
    await page.getByLabel("Graduation year").fill("2999");
    await page.keyboard.press("Enter");
    await said(page, "Graduation year", "Graduation year must be between 1950 and");
    await page.getByText("some of it has to be corrected").waitFor();
    await page.getByLabel("Graduation year").fill(YEAR);
    await next(page, "Save the changes").click();
    await page.getByRole("list", { name: "Please note" }).getByText("Future graduation year").waitFor();
    await next(page, "Check all rules").click();
    await next(page, "Determine the category").click();
    await page.getByText(`Graduation year ${YEAR} is after`).waitFor();
    await account(page).fill(accountOf("0000125"));
    await next(page, "Link the account").click();
    await said(page, "Account", "Member id does not match the account.");
    await account(page).fill(accountOf("0000124"));
    await call("fail_next_commit");
    await page.getByRole("button", { name: "Do all remaining steps" }).click();
    await page.getByText("The record was not created. It can be tried again.").waitFor();
    await page.getByText("Failed to create education record after 3 attempts").waitFor();
    await next(page, "Create the record").click();
    await next(page, "Complete the registration").click();
    await page.getByText("The registration is complete.").waitFor();
  },

  async educationIsFoundAgain({ open }) {
    const page = await open(PAGE);
    await page.getByLabel("Notes").fill("typed before");
    await leaveAndReturn(page);
    assert((await page.getByLabel("Notes").inputValue()) === "typed before", "the text is gone");
    await fill(page, "0000126");
    const answer = await holdAnswer(page, "**/stage");
    await next(page, "Save the data").click();
    await page.getByLabel("Notes").fill("typed meanwhile");
    answer();
    await next(page, "Save the changes").click();
    await next(page, "Check all rules").click();
    await next(page, "Determine the category").waitFor();
    await page.getByLabel("Notes").fill("typed after");
    await page.reload();
    await next(page, "Save the changes").waitFor();
    assert((await page.getByLabel("Notes").inputValue()) === "typed after", "the text is gone");

    const elsewhere = await open(PAGE);
    await elsewhere.getByLabel("Member id").fill("osot-0000126");
    await elsewhere.getByRole("button", { name: "Look for open registrations" }).click();
    await elsewhere.getByRole("button", { name: /^Continue the one that is checked/ }).click();
    await next(elsewhere, "Determine the category").waitFor();
    assert((await elsewhere.getByLabel("Notes").inputValue()) === "typed meanwhile", "it is not filled");
    await elsewhere.getByRole("button", { name: "Discard the registration" }).click();
    await elsewhere.getByRole("button", { name: "Discard it" }).click();
    await next(elsewhere, "Save the data").waitFor();
    assert((await elsewhere.getByLabel("Notes").inputValue()) === "", "the text is still there");

    await next(page, "Save the changes").click();
    await page.getByText("This registration has ended").waitFor();
    await page.getByText("Stage the education again.").waitFor();
    assert((await page.getByLabel("Notes").inputValue()) === "typed after", "the text is gone");
    await next(page, "Save the data").click();
    await next(page, "Check all rules").waitFor();
  },

  async educationInTwoTabs({ open }) {
    const [page, second] = [await open(PAGE), await open(PAGE)];
    for (const each of [page, second]) await upToCreate(each, "0000127");
    const creations: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/create/")) creations.push(request.url());
    });
    await next(page, "Create the record").dblclick();
    await page.getByText("is created").waitFor();
    assert(creations.length === 1, `it was asked for ${creations.length} times`);

    await next(second, "Create the record").click();
    await second.getByText("The resource already exists").waitFor();
    await said(second, "Member id", "already exists for another OT Education record");
    await said(second, "Account", "Account already has an OT education record");
    await second.getByText("Look for the record that exists.").waitFor();
    await second.getByText("Correct the data or link another account.").waitFor();
    await second.getByRole("button", { name: "Show the record of this member" }).click();
    await second.getByText(accountOf("0000127")).waitFor();
  },

  async educationsOfTwoMembers({ open }) {
    const first = await open(PAGE);
    const second = await first.context().newPage();
    await second.goto(first.url());
    for (const [page, member] of [[first, "0000131"], [second, "0000132"]] as const) {
      await fill(page, member);
      await page.getByLabel("Notes").fill(`typed for ${member}`);
    }
    await first.reload();
    await holds(first, "0000131");
    for (const page of [first, second]) {
      await next(page, "Save the data").click();
      await next(page, "Check all rules").waitFor();
    }
    await first.getByLabel("Graduation year").fill(String(Number(YEAR) + 1));
    await second.getByLabel("Graduation year").fill(String(Number(YEAR) + 2));
    await first.reload();
    await holds(first, "0000131");
    await next(first, "Save the changes").click();
    await next(first, "Check all rules").waitFor();
    // A tab that is closed without a word, or crashes.
    await second.close();
    const third = await first.context().newPage();
    await third.goto(first.url());
    await third.getByRole("button", { name: "Go on with osot-0000132" }).click();
    await holds(third, "0000132");
    await third.getByLabel("Member id").and(third.locator(":focus")).waitFor();
    await next(third, "Save the changes").waitFor();
  },

  async educationOffline({ open }) {
    const page = await open(PAGE);
    await page.clock.install();
    const answered = answeredBy(page, /orchestrator\/(stage|validate)\b/);
    await fill(page, "0000128");
    for (const step of ["Save the data", "Check all rules"]) {
      await offlineForAMinute(page, () => next(page, step).click());
      // It is tried again every two seconds.
      await page.clock.runFor(2_000);
      await next(page, step).waitFor({ state: "detached" });
    }
    await next(page, "Determine the category").waitFor();
    assert(answered.join() === "stage,validate", `what arrived: ${answered.join()}`);
    assert((await openSessions(page, "0000128")) === 1, "there is a second session");
  },

  async educationLosesAnAnswer({ open }) {
    const page = await open(PAGE);
    await fill(page, "0000133");
    // The service stages it, and the page is left before it hears of that.
    const staged = new Promise<void>((resolve) => {
      void page.route("**/stage", async (route) => void (await route.fetch(), resolve()), { times: 1 });
    });
    await next(page, "Save the data").click();
    await staged;
    await page.reload();
    await next(page, "Save the data").click();
    await next(page, "Check all rules").waitFor();
    assert((await openSessions(page, "0000133")) === 1, "there is a second session");

    await page.route("**/session/*", (route) => route.fulfill({ status: 500, body: "{}" }));
    await page.reload();
    await next(page, "Continue the saved registration").waitFor();
    assert((await next(page, "Save the data").count()) === 0, "it can be staged again");
    await page.getByLabel("Notes").fill("typed meanwhile");
    await page.unroute("**/session/*");
    await next(page, "Continue the saved registration").click();
    await next(page, "Save the changes").click();
    await page.route("**/validate/*", (route) => route.fulfill({ status: 503, body: "{}" }), { times: 1 });
    await next(page, "Check all rules").click();
    await page.getByText("No connection").waitFor();
    await next(page, "Determine the category").waitFor();
    assert((await page.getByLabel("Notes").inputValue()) === "typed meanwhile", "the text is gone");
  },

  async educationAsksForAToken({ open, call }) {
    const other = String(await call("other"));
    const page = await open(`${other}${PAGE}`);
    await signIn(page, String(await call("token", { privilege: 2 })));
    await fill(page, "0000129");
    await page.evaluate(keepToken, String(await call("token", { privilege: 2, expires_in: -3_600 })));
    await next(page, "Save the data").click();
    await page.locator(".form-problems:focus").getByText("no longer valid").waitFor();
    await signIn(page, String(await call("token", { privilege: 2 })));
    for (const step of ["Check all rules", "Determine the category", "Link the account"]) {
      await next(page, step).click();
    }
    await next(page, "Create the record").click();
    await page.getByText("Admin may not create the record").waitFor();
    await page.getByText("Let the Owner of the session or a Main create the record.").waitFor();
    await signIn(page, String(await call("token", {})));
    await page.getByText("is created").waitFor();
  },

  async educationHasNothingSerious({ open }) {
    const found: string[] = [];
    const page = await open(PAGE, { viewport: { width: 360, height: 740 }, bypassCSP: true });
    async function check(where: string) {
      for (const [colorScheme, rules] of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const serious = await seriousOn(page, rules);
        found.push(...serious.map((what) => `${where}, ${colorScheme}: ${what}`));
      }
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width !== 360) found.push(`${where} is ${width} px wide`);
    }
    await next(page, "Save the data").click();
    await page.getByText("fields have mistakes").waitFor();
    await page.getByText("Sample accounts to try").click();
    await check("the form");
    await fill(page, "");
    await page.getByRole("button", { name: "Use osot-0000130" }).click();
    await page.getByRole("button", { name: "Look for open registrations" }).click();
    await page.getByText("This member has no open registration").waitFor();
    await next(page, "Save the data").click();
    await next(page, "Check all rules").waitFor();
    await check("a session");
    await page.getByRole("button", { name: "Do all remaining steps" }).click();
    const record = await page.getByRole("link", { name: "Open the record" }).getAttribute("href");
    await page.goto(new URL(record ?? "", page.url()).href);
    await page.getByText("osot-0000130").waitFor();
    await check("the record");
    if (found.length > 0) throw new Error(found.join("\n"));
  },
};

/** What axe looks for: in the dark only the colours are others. */
const SCHEMES = [
  ["light", ""],
  ["dark", '{ runOnly: "color-contrast" }'],
] as const;

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Access token").fill(token);
  await page.getByRole("button", { name: "Go on", exact: true }).click();
}
