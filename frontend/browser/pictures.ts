import type { Page } from "playwright-core";
import type { Stage } from "./stage.ts";

const WIDTHS = [360, 1024, 2560];
const SCHEMES = ["light", "dark"] as const;

/** Takes pictures of what a page shows, by name. */
export type Look = (page: Page, name: string) => Promise<void>;

/** Pictures of the whole page, or of what is in sight, in three widths and two schemes. */
export function camera({ call }: Stage, { fullPage = false } = {}): Look {
  return async (page, name) => {
    const directory = String(await call("directory"));
    // What covers the page covers only what is in sight.
    const isWhole = fullPage && (await page.locator(".overlay").count()) === 0;
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: Math.round(Math.max(740, width * 0.6)) });
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(hasPainted);
        const path = `${directory}/${name}-${width}-${colorScheme}.png`;
        await page.screenshot({ path, fullPage: isWhole, timeout: 60_000 });
      }
    }
  };
}

function hasPainted(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
}

/** Holds calls back until the function that it returns is called. */
export async function hold(page: Page, pattern: string): Promise<() => void> {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(pattern, async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  return release;
}
