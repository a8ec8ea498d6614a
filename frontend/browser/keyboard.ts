import type { Locator, Page } from "playwright-core";

/** Replace what is in a field. */
export async function type(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.press("Control+a");
  await page.keyboard.type(text);
}

/** Choose from a list with the arrow keys: what is typed there a list forgets after a second. */
export async function choose(page: Page, field: string, name: string): Promise<void> {
  await tabTo(page, page.getByRole("button", { name: field }));
  await page.keyboard.press("Enter");
  const option = page.getByRole("option", { name, exact: true });
  await option.waitFor();
  await page.waitForFunction(() => document.activeElement?.closest("[role=listbox]"));
  await pressUntil(page, "ArrowDown", option);
  await page.keyboard.press("Enter");
}

/** Press Tab until the focus is there. */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.waitFor();
  await pressUntil(page, "Tab", wanted);
}

async function pressUntil(page: Page, key: string, wanted: Locator): Promise<void> {
  for (let n = 0; n < 60; n += 1) {
    if (await isFocused(wanted)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`the key ${key} does not lead to ${String(wanted)}`);
}

function isFocused(wanted: Locator): Promise<boolean> {
  return wanted.evaluate((element) => element === document.activeElement);
}
