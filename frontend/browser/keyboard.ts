import type { Locator, Page } from "playwright-core";

/** Replace what is in a field. */
export async function type(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.press("Control+a");
  await page.keyboard.type(text);
}

/** Choose from a list with the keyboard, by the beginning of the name. */
export async function choose(page: Page, field: string, name: string): Promise<void> {
  await tabTo(page, page.getByRole("button", { name: field }));
  await page.keyboard.press("Enter");
  await page.getByRole("option", { name }).waitFor();
  await page.keyboard.type(name.slice(0, 5));
  await page.keyboard.press("Enter");
}

/** Press Tab until the focus is there. */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  for (let n = 0; n < 60; n += 1) {
    if (await isFocused(wanted)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the Tab key does not lead to ${String(wanted)}`);
}

export function isFocused(wanted: Locator): Promise<boolean> {
  return wanted.evaluate((element) => element === document.activeElement);
}
