import type { Page } from "playwright-core";
import { seriousOn } from "./accessibility.ts";
import { tabTo } from "./keyboard.ts";
import { offlineForAMinute } from "./offline.ts";
import { leaveAndReturn } from "./product-wizard.ts";
import {
  button,
  commitElsewhere,
  createMany,
  DETAILS,
  file,
  focused,
  hasExpired,
  hasName,
  heading,
  inTwoTabs,
  isAnother,
  isOneProject,
  isSaved,
  KEPT,
  prepare,
  pressEnterComposing,
  saved,
  seesNextWait,
} from "./project-page.ts";
import { assert, type Stage } from "./stage.ts";

const FORM = "/drafts/project";
/** Leases, pauses between attempts and a restart add up. */
const PATIENT = { timeout: 90_000 };

/** How people prepare a project, whatever happens meanwhile. */
export const projectScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async projectByKeyboard({ open, url }) {
    const page = await open(FORM);
    const { keyboard } = page;
    await tabTo(page, button(page, "Next"));
    await keyboard.press("Enter");
    await focused(page, "input", "projectName");
    await page.getByRole("alert").getByText("Name is required").waitFor();
    await keyboard.type("By keys");
    await tabTo(page, page.locator("#buildingType"));
    await keyboard.press("Enter");
    await page.getByRole("option", { name: "Office" }).waitFor();
    await keyboard.press("Enter");
    await tabTo(page, page.locator("#squareFootage"));
    await keyboard.type("2400");
    await keyboard.press("Enter");
    await focused(page, "h2", "Documents");
    await tabTo(page, button(page, "Choose files"));
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      keyboard.press("Enter"),
    ]);
    await chooser.setFiles([file("plan.pdf", "application/pdf"), file("tool.exe", "")]);
    await page.getByRole("alert").getByText("tool.exe must be one of").waitFor();
    await tabTo(page, button(page, "Remove tool.exe"));
    await keyboard.press("Enter");
    await tabTo(page, button(page, "Next"));
    await keyboard.press("Enter");
    await focused(page, "h2", "Data sources");
    const source = page.getByRole("textbox", { name: "Another source" });
    await tabTo(page, source);
    await keyboard.insertText("建");
    await source.evaluate(pressEnterComposing);
    assert((await source.inputValue()) === "建", "an unfinished word was added");
    await keyboard.press("Enter");
    await page.getByRole("button", { name: "Remove 建" }).waitFor();
    await keyboard.type("bim");
    // What was typed there is not lost because nobody pressed Add.
    await tabTo(page, button(page, "Next"));
    await page.getByRole("button", { name: "Remove bim" }).waitFor();
    await seesNextWait(page);
    await heading(page, "Review");
    await tabTo(page, button(page, "Create the project"));
    await keyboard.press("Enter");
    await keyboard.press("Enter");
    await page.getByText("The project was created.").waitFor();
    await page.getByRole("heading", { name: "By keys" }).waitFor();
    await page.getByText("plan.pdf").waitFor();
    await isOneProject(page, url, "By keys");
  },

  async projectIsFoundAgain({ open, call }) {
    const page = await open(FORM);
    await page.locator("#projectName").fill("Found again");
    await page.locator("#clientName").fill("Amani");
    await leaveAndReturn(page);
    await hasName(page, "Found again");
    assert((await page.locator("#clientName").inputValue()) === "Amani", "the text is gone");
    await page.getByText(/^Saved/).waitFor();
    // What the browser keeps is gone: the service has it.
    await page.evaluate((key) => localStorage.removeItem(key), KEPT);
    await page.reload();
    await hasName(page, "Found again");

    const brief = await open(`${String(await call("brief", 2))}${FORM}`);
    await brief.locator("#projectName").fill("Found once more");
    await saved(brief);
    const before = await brief.evaluate(() => localStorage.getItem("projectSessionId"));
    await brief.evaluate(hasExpired, before);
    await brief.reload();
    await hasName(brief, "Found once more");
    await brief.waitForFunction(isAnother, before);
    await saved(brief);
  },

  async projectCreatedElsewhere({ open }) {
    const page = await open(FORM);
    await prepare(page, "Created elsewhere", 1);
    await page.route("**/api/project-session/*", (route) => {
      return route.request().method() === "PUT" ? route.abort() : route.fallback();
    });
    await page.locator("#clientName").fill("Typed too late");
    await page.getByText("No connection").waitFor();
    await page.evaluate(commitElsewhere);
    await page.unroute("**/api/project-session/*");
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await focused(page, "h2", "The project was created without your last changes");
    await page.getByText("Typed too late").waitFor();
    await page.getByRole("button", { name: "Begin a new draft with them" }).click();
    await page.waitForFunction(() => {
      return document.querySelector<HTMLInputElement>("#clientName")?.value === "Typed too late";
    });
    await saved(page);
    await hasName(page, "");
  },

  async projectInTwoTabs({ open }) {
    const [one, other] = await inTwoTabs(open, FORM);
    await one.locator("#clientName").fill("Amani");
    await other.waitForFunction(() =>
      [...document.querySelectorAll("input")].some(({ value }) => value === "Amani"),
    );
    let bothTyped = () => {};
    const typed = new Promise<void>((resolve) => (bothTyped = resolve));
    // However long that takes, neither is saved before.
    await one.context().route("**/api/project-session/*", async (route) => {
      if (route.request().method() === "PUT") await typed;
      await route.continue();
    });
    await one.locator("#projectName").fill("Of one tab");
    await other.locator("#projectName").fill("Of the other");
    bothTyped();
    // Whoever saves later is asked.
    const asked = await Promise.any(
      [one, other].map(async (page) => {
        await page.getByText("was changed elsewhere too").waitFor();
        return page;
      }),
    );
    const mine = await asked.locator("#projectName").inputValue();
    await asked.getByRole("button", { name: "Keep mine" }).click();
    await focused(asked, "input", "projectName");
    await hasName(asked === one ? other : one, mine);
    await saved(asked);
    await asked.getByRole("button", { name: "Discard this draft" }).click();
    await asked.getByRole("button", { name: "Discard", exact: true }).click();
    for (const page of [one, other]) await hasName(page, "");
    await focused(asked, "main", "main");
  },

  async projectOffline({ open }) {
    const page = await open(FORM);
    await page.clock.install();
    await page.locator("#projectName").fill("Before");
    await saved(page);
    const told = await page.getByRole("status").allTextContents();
    assert(told.join("") === "", `a usual save is announced: ${told.join()}`);
    const sent: string[] = [];
    page.on("response", (response) => {
      if (isSaved(response)) sent.push(response.request().postData() ?? "");
    });
    await offlineForAMinute(page, async () => {
      await page.locator("#projectName").fill("During");
      await page.locator("#clientName").fill("Amani");
    });
    await page.getByRole("status").getByText("Saved at").waitFor();
    assert(sent.length === 1, `it was saved ${sent.length} times: ${sent.join()}`);
    const data = { projectName: "During", clientName: "Amani" };
    assert(sent[0] === JSON.stringify({ projectData: data }), `what was saved is ${sent[0]}`);
  },

  async projectOfACutOffCommit({ open, call, url }) {
    const page = await open(FORM);
    await prepare(page, "Cut off");
    await heading(page, "Review");
    await call("cut_off_commits");
    await page.getByRole("button", { name: "Create the project" }).dblclick();
    await page.getByText("The service does not answer;").waitFor(PATIENT);
    await call("stop");
    await call("start");
    await page.getByText("The project was created.").waitFor(PATIENT);
    await isOneProject(page, url, "Cut off");
  },

  async projectsAreListed({ open, call }) {
    const token = String(await call("token", { user: "lister" }));
    const page = await open("/drafts/projects");
    await page.evaluate(createMany, { token, details: DETAILS });
    await page.reload();
    const links = page.getByRole("link", { name: /^Listed/ });
    await links.nth(19).waitFor();
    const names = await links.allTextContents();
    assert(names[0] === "Listed 21" && names.length === 20, `the first page is ${names.join()}`);
    await page.getByRole("button", { name: "Show more" }).click();
    await links.filter({ hasText: /^Listed 1$/ }).click();
    await page.getByRole("heading", { level: 1, name: "Listed 1", exact: true }).waitFor();
  },

  async projectHasNothingSerious({ open }) {
    const found: string[] = [];
    for (const [colorScheme, rules] of [
      ["light", ""],
      ["dark", '{ runOnly: "color-contrast" }'],
    ] as const) {
      const page = await open(FORM, {
        colorScheme,
        // The policy of the pages would refuse the script of axe.
        bypassCSP: true,
        viewport: { width: 360, height: 740 },
      });
      const look = async (where: string) => {
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > 360) found.push(`${where} is ${wide} px wide`);
        found.push(...(await seriousOn(page, rules)).map((what) => `${where}: ${what}`));
      };
      await page.getByRole("button", { name: "Next" }).click();
      await page.getByRole("alert").getByText("is required").first().waitFor();
      await look("Details");
      await prepare(page, "Heard and seen");
      await heading(page, "Review");
      await look("Review");
      if (colorScheme === "light") await lookAtTheRest(page, look);
    }
    assert(found.length === 0, found.join("\n"));
  },
};

async function lookAtTheRest(page: Page, look: (where: string) => Promise<void>): Promise<void> {
  await page.getByRole("button", { name: "Change documents" }).click();
  await heading(page, "Documents");
  await look("Documents");
  await page.getByRole("button", { name: "Next" }).click();
  await heading(page, "Data sources");
  await look("Data sources");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("button", { name: "Create the project" }).click();
  await page.getByText("The project was created.").waitFor();
  await look("Project");
  await page.getByRole("link", { name: "All projects" }).click();
  await page.getByRole("link", { name: "Heard and seen" }).first().waitFor();
  await look("Projects");
}
