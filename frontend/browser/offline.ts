import type { Page, Route } from "playwright-core";
import { assert } from "./stage.ts";

/** Steps so short that a page tries again several times. */
const STEP_MS = 2_000;

/**
 * A minute without a network, of the page's own time: what waits, tries again or gives up does so. The
 * page's clock has to be installed; `meanwhile` is what people do first.
 */
export async function offlineForAMinute(page: Page, meanwhile: () => Promise<void>): Promise<void> {
  let failed = 0;
  const count = () => void (failed += 1);
  page.on("requestfailed", count);
  await page.context().setOffline(true);
  await meanwhile();
  const lost = page.getByRole("status").getByText("No connection");
  await lost.waitFor();
  for (let passed = 0; passed < 60_000; passed += STEP_MS) await page.clock.runFor(STEP_MS);
  assert(failed > 3, `a minute long it was tried ${failed} times`);
  assert(await lost.isVisible(), "it no longer says that there is no connection");
  page.off("requestfailed", count);
  await page.context().setOffline(false);
}

/** The steps of a call's path that the service has answered and not refused; as they come. */
export function answeredBy(page: Page, path: RegExp): string[] {
  const answered: string[] = [];
  page.on("response", (response) => {
    if (!response.ok()) return;
    const [, step] = path.exec(`${response.request().method()} ${response.url()}`) ?? [];
    if (step !== undefined) answered.push(step);
  });
  return answered;
}

/** Holds back the next answer to a call until the function that it returns is called. */
export async function holdAnswer(page: Page, url: string): Promise<() => void> {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const hold = async (route: Route) => {
    const response = await route.fetch();
    await held;
    await route.fulfill({ response });
  };
  await page.route(url, hold, { times: 1 });
  return release;
}
