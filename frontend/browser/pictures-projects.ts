import type { Page } from "playwright-core";
import { camera, hold, type Look } from "./pictures.ts";
import { giveToken } from "./product-wizard.ts";
import {
  button,
  commitElsewhere,
  createMany,
  DETAILS,
  file,
  heading,
  inTwoTabs,
  prepare,
  saved,
} from "./project-page.ts";
import type { Stage } from "./stage.ts";

const FORM = "/drafts/project";

/** Makes pictures of the pages of projects. */
export async function projectPictures(stage: Stage): Promise<void> {
  const look = camera(stage, { fullPage: true });
  await steps(stage, look);
  await connection(stage, look);
  await twoTabs(stage, look);
  await lists(stage, look);
}

async function steps({ open }: Stage, look: Look): Promise<void> {
  const page = await open(FORM);
  await page.getByLabel("Name", { exact: true }).first().waitFor();
  await look(page, "new-project-empty");
  await button(page, "Next").click();
  await page.getByRole("alert").getByText("Name is required").waitFor();
  await look(page, "new-project-mistakes");
  await page.locator("#projectName").fill(DETAILS.projectName);
  await page.locator("#buildingType").click();
  await page.getByRole("option", { name: "Industrial" }).click();
  await page.locator("#squareFootage").fill("2400");
  await page.locator("#clientName").fill("Amani Textiles");
  await saved(page);
  await look(page, "new-project-details");
  await button(page, "Next").click();
  await heading(page, "Documents");
  await look(page, "new-project-no-documents");
  await page.locator("input[type=file]").setInputFiles([file("plan.pdf", "application/pdf"), file("tool.exe", "")]);
  await page.getByRole("alert").getByText("tool.exe must be one of").waitFor();
  await look(page, "new-project-documents");
  await button(page, "Remove tool.exe").click();
  await button(page, "Next").click();
  await heading(page, "Data sources");
  for (const source of ["bim", "erp"]) {
    await page.getByRole("textbox", { name: "Another source" }).fill(source);
    await page.keyboard.press("Enter");
  }
  await look(page, "new-project-sources");
  await button(page, "Next").click();
  await heading(page, "Review");
  await saved(page);
  await look(page, "new-project-review");
  await button(page, "Discard this draft").click();
  await page.getByRole("alertdialog").waitFor();
  await look(page, "new-project-discard");
  await button(page, "Cancel").click();
  const release = await hold(page, "**/commit");
  await button(page, "Create the project").click();
  await page.getByText("The project is being created.").waitFor();
  await look(page, "new-project-creating");
  release();
  await page.getByText("The project was created.").waitFor();
  await look(page, "project-created");
  await page.goto(new URL(FORM, page.url()).href);
  await prepare(page, "");
  await page.getByText("Before the project can be created").waitFor();
  await look(page, "new-project-review-mistakes");
}

async function connection({ open }: Stage, look: Look): Promise<void> {
  const page = await open(FORM);
  await page.locator("#projectName").fill("Saved once");
  await saved(page);
  const release = await hold(page, "**/api/project-session/*");
  await page.locator("#clientName").fill("Amani");
  await page.getByText("Saving").waitFor();
  await look(page, "new-project-saving");
  release();
  await saved(page);
  await page.context().setOffline(true);
  await page.locator("#clientName").fill("Amani Textiles");
  await page.getByText("No connection").first().waitFor();
  await look(page, "new-project-offline");
}

async function twoTabs({ open }: Stage, look: Look): Promise<void> {
  const [one, other] = await inTwoTabs(open, FORM);
  await Promise.all([
    one.locator("#projectName").fill("Of one tab"),
    other.locator("#projectName").fill("Of the other"),
  ]);
  const isAsked = async (page: Page) => {
    await page.getByText("was changed elsewhere too").waitFor();
    return page;
  };
  const asked = await Promise.any([one, other].map(isAsked));
  await look(asked, "new-project-conflict");

  const late = await open(FORM);
  await prepare(late, "Created elsewhere", 1);
  await late.route("**/api/project-session/*", (route) => {
    return route.request().method() === "PUT" ? route.abort() : route.fallback();
  });
  await late.locator("#clientName").fill("Typed too late");
  await late.getByText("No connection").first().waitFor();
  await late.evaluate(commitElsewhere);
  await late.unroute("**/api/project-session/*");
  await late.evaluate(() => dispatchEvent(new Event("online")));
  await late.getByRole("heading", { name: /without your last changes/ }).waitFor();
  await look(late, "new-project-late");
}

async function lists({ open, call }: Stage, look: Look): Promise<void> {
  const page = await open("/drafts/projects");
  await page.evaluate(createMany, { token: String(await call("token", { user: "lister" })), details: DETAILS });
  await page.reload();
  await button(page, "Show more").waitFor();
  await look(page, "projects");
  await page.goto(new URL("/drafts/projects/nothing", page.url()).href);
  await page.getByRole("alert").waitFor();
  await look(page, "project-absent");

  const nobody = await open(`${String(await call("other"))}/drafts/projects`);
  await nobody.getByRole("heading", { level: 1 }).waitFor();
  await nobody.waitForLoadState("networkidle");
  await look(nobody, "projects-of-nobody");
  await nobody.goto(new URL("/drafts/product", nobody.url()).href);
  await giveToken(nobody, String(await call("token", { user: "new", organization: "11111111-2222-4333-8444-555555555555" })));
  await nobody.goto(new URL("/drafts/projects", nobody.url()).href);
  await nobody.waitForLoadState("networkidle");
  await look(nobody, "projects-empty");
}
