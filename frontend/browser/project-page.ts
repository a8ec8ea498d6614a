// What scenarios do on the pages of projects.
import type { Page, Response } from "playwright-core";
import { holdAnswer } from "./offline.ts";
import { assert, type Stage } from "./stage.ts";

export const KEPT = "assembly-service.draft.project";
export const DETAILS = { projectName: "Depot Näherei", buildingType: "industrial", squareFootage: 2400 };

export function file(name: string, mimeType: string) {
  return { name, mimeType, buffer: Buffer.from("a plan") };
}

export async function saved(page: Page): Promise<void> {
  await page.getByText(/^Saved at/).waitFor();
}

/** Whether an answer is that of a save, with this in it. */
export function isSaved(response: Response, what = ""): boolean {
  const request = response.request();
  const isSave = request.method() === "PUT" && response.ok();
  return isSave && (request.postData() ?? "").includes(what);
}

/** What a site that embeds the pages does. */
export function keepToken(token: string): void {
  sessionStorage.setItem("assembly-service.token", token);
}

/** The page of a saved draft in two tabs of one browser. */
export async function inTwoTabs(open: Stage["open"], path: string): Promise<[Page, Page]> {
  const one = await open(path);
  await one.locator("#projectName").fill("Two tabs");
  await saved(one);
  const other = await one.context().newPage();
  await other.goto(one.url());
  await hasName(other, "Two tabs");
  return [one, other];
}

export async function hasName(page: Page, name: string): Promise<void> {
  await page.waitForFunction(
    (value) => document.querySelector<HTMLInputElement>("#projectName")?.value === value,
    name,
  );
}

export async function heading(page: Page, name: string): Promise<void> {
  await page.getByRole("heading", { level: 2, name, exact: true }).waitFor();
}

export function button(page: Page, name: string) {
  return page.getByRole("button", { name, exact: true });
}

export async function focused(page: Page, tag: string, name: string): Promise<void> {
  await page.waitForFunction(isFocused, { tag, name });
}

function isFocused({ tag, name }: { tag: string; name: string }): boolean {
  const { activeElement } = document;
  const names = [activeElement?.id, activeElement?.textContent, activeElement?.ariaLabel];
  return activeElement?.localName === tag && names.some((each) => each?.trim() === name);
}

/** Presses Enter on Next, and holds the answer until the button says that it waits. */
export async function seesNextWait(page: Page): Promise<void> {
  const release = await holdAnswer(page, "**/validate");
  await page.keyboard.press("Enter");
  await page.locator("button[data-pending]", { hasText: "Next" }).waitFor();
  release();
}

/** Ends a word that is being composed, as in Japanese. */
export function pressEnterComposing(input: Element): void {
  const init = { key: "Enter", isComposing: true, bubbles: true, cancelable: true };
  input.dispatchEvent(new KeyboardEvent("keydown", init));
}

export async function hasExpired(id: string | null): Promise<void> {
  while ((await fetch(`/api/project-session/${id}`)).status !== 410) {
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

export function isAnother(id: string | null): boolean {
  return ![id, null].includes(localStorage.getItem("projectSessionId"));
}

/** Puts a draft that can be committed into the browser of a page. */
export async function prepare(page: Page, name: string, currentStep = 4): Promise<void> {
  await page.evaluate(
    async ([projectData, key, currentStep]) => {
      const answer = await fetch("/local/token", { method: "POST" });
      const { token } = (await answer.json()) as { token: string };
      const created = await fetch("/api/project-session", {
        method: "POST",
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ projectData, currentStep, completedSteps: [1, 2, 3] }),
      });
      const { sessionId } = (await created.json()) as { sessionId: string };
      localStorage.removeItem(key);
      localStorage.setItem("projectSessionId", sessionId);
    },
    [{ ...DETAILS, projectName: name }, KEPT, currentStep] as const,
  );
  await page.reload();
}

/** Creates the project of the draft in a page, as another browser would. */
export async function commitElsewhere(): Promise<void> {
  const answer = await fetch("/local/token", { method: "POST" });
  const { token } = (await answer.json()) as { token: string };
  const id = localStorage.getItem("projectSessionId");
  const headers = { Authorization: `Bearer ${token}` };
  await fetch(`/api/project-session/${id}/commit`, { method: "POST", headers });
}

/** Makes more projects than a page of the list holds, for somebody who is signed in from then on. */
export async function createMany({ token, details }: { token: string; details: object }): Promise<void> {
  sessionStorage.setItem("assembly-service.token", token);
  for (let number = 1; number <= 21; number += 1) {
    await fetch("/api/projects", {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ ...details, projectName: `Listed ${number}` }),
    });
  }
}

/** Whether the service has this project once. */
export async function isOneProject(page: Page, url: string, name: string): Promise<void> {
  await page.goto(new URL("/drafts/projects", url).href);
  const links = page.getByRole("link", { name, exact: true });
  await links.first().waitFor();
  const { length } = await links.all();
  assert(length === 1, `there are ${length} projects`);
}
