/** The form that registers an education, as scenarios fill and read it. */
import type { Locator, Page } from "playwright-core";
import { assert } from "./stage.ts";

/** So late that the category is the same whenever this runs. */
export const YEAR = String(new Date().getFullYear() + 2);

/** Fills everything that is needed, for a member of the sample accounts. */
export async function fill(page: Page, member: string): Promise<void> {
  await page.getByLabel("Member id").fill(`osot-${member}`);
  await page.getByRole("button", { name: "COTO status" }).click();
  await page.getByRole("option", { name: "Student" }).click();
  await page.getByRole("button", { name: "University" }).click();
  await page.getByRole("option", { name: "University of Toronto" }).click();
  await page.getByLabel("Graduation year").fill(YEAR);
  await account(page).fill(accountOf(member));
}

export async function upToCreate(page: Page, member: string): Promise<void> {
  await fill(page, member);
  await next(page, "Save the data").click();
  for (const step of ["Check all rules", "Determine the category", "Link the account"]) {
    await next(page, step).click();
  }
  await next(page, "Create the record").waitFor();
}

/** Waits until the form holds what was typed for a member, and nothing of another one. */
export async function holds(page: Page, member: string): Promise<void> {
  await page.getByLabel("Member id").and(page.locator(`[value="osot-${member}"]`)).waitFor();
  const notes = await page.getByLabel("Notes").inputValue();
  assert(notes === `typed for ${member}`, `the notes of ${member} are "${notes}"`);
}

/** How many open sessions a member has, as another page finds them. */
export async function openSessions(page: Page, member: string): Promise<number> {
  const another = await page.context().newPage();
  await another.goto(page.url());
  await another.getByLabel("Member id").fill(`osot-${member}`);
  await another.getByRole("button", { name: "Look for open registrations" }).click();
  const found = another.getByRole("button", { name: /^Continue the one/ });
  await found.first().waitFor();
  return found.count();
}

export function next(page: Page, words: string): Locator {
  return page.getByRole("button", { name: words, exact: true });
}

export function account(page: Page): Locator {
  return page.getByRole("textbox", { name: "Account" });
}

export function accountOf(member: string): string {
  return `0f8fad5b-d9cb-469f-a165-00000${member}`;
}

/** Waits until a field says what is wrong with it. */
export async function said(page: Page, field: string, words: string): Promise<void> {
  const input = page.locator(".field").filter({ has: page.getByLabel(field) });
  await input.getByText(words).waitFor();
}
