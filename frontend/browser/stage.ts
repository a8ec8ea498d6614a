import type { BrowserContextOptions, Page } from "playwright-core";

/** What the test around a scenario does for it: `send`, `stop`, `start`. */
export type Call = (name: string, ...parameters: unknown[]) => Promise<unknown>;

/** A running service, and pages that look at it. */
export interface Stage {
  readonly url: string;
  readonly call: Call;
  /** A page of a visitor of its own; a path, or the URL of another instance. */
  readonly open: (
    path: string,
    options?: BrowserContextOptions & { blocked?: string[] },
  ) => Promise<Page>;
}

/** The cards of a shop, from the first to the last. */
export function cards(page: Page) {
  return page.getByRole("article");
}

export function card(page: Page, title: string) {
  return cards(page).filter({ has: page.getByRole("link", { name: title, exact: true }) });
}

/** Waits until the page says that it is connected this way. */
export async function connected(page: Page, word = "Live"): Promise<void> {
  await page.getByText(word, { exact: true }).waitFor();
}

export function assert(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}
