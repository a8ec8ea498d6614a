import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { sendAwkward } from "./shapes.ts";
import { assert, connected, type Stage } from "./stage.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** axe finds nothing serious on any page; in the dark only the colours are others. */
export async function nothingSerious(stage: Stage): Promise<void> {
  await sendAwkward(stage, "accessible");
  const product = `/shop/accessible?product=${String(await stage.call("video", 3))}`;
  const everything = ["/", "/shop/nobody", "/shop/accessible", product, "/docs", "/docs/bus"];
  const found = [
    ...(await seriousOf(stage, "light", [...everything, "/docs/nothing", "/nothing"], "")),
    ...(await seriousOf(stage, "dark", ["/", product, "/docs/bus"], '{ runOnly: "color-contrast" }')),
  ];
  if (found.length > 0) throw new Error(found.join("\n"));
}

/** Where people want less motion nothing fades, not even for a moment, as when their scheme changes. */
export async function nothingFades({ open }: Stage): Promise<void> {
  const page = await open("/drafts/education");
  await page.getByRole("button", { name: "Save the data" }).waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  const moving = await page.evaluate(() => document.getAnimations().length);
  assert(moving === 0, `${moving} things are moving`);
}

async function seriousOf(
  stage: Stage,
  colorScheme: "light" | "dark",
  paths: string[],
  rules: string,
): Promise<string[]> {
  const found: string[] = [];
  // The policy of the pages would refuse the script of axe.
  const page = await stage.open("/", { colorScheme, bypassCSP: true });
  for (const path of paths) {
    await page.goto(new URL(path, stage.url).href);
    await page.locator("h1").waitFor();
    if (path.startsWith("/shop/")) await connected(page);
    if (path.includes("accessible")) await page.locator("article").nth(7).waitFor();
    if (path.includes("?product=")) await page.getByRole("dialog").getByText("Made").waitFor();
    found.push(...(await seriousOn(page, rules)).map((what) => `${path}, ${colorScheme}: ${what}`));
  }
  return found;
}

/** What axe finds serious on a page, by these rules or all. */
export async function seriousOn(page: Page, rules: string): Promise<string[]> {
  await settled(page);
  await page.evaluate(AXE);
  // For a moment the library reads out a button that is gone already.
  const where = '{ exclude: ["[data-live-announcer]"] }';
  const results = (await page.evaluate(`axe.run(${where}, ${rules || "{}"})`)) as AxeResults;
  return results.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
}

/** Waits until no answer is under way, and nothing moves or fades: between two colours axe reads a third. */
async function settled(page: Page): Promise<void> {
  await page.locator("[data-pending], [data-entering], [data-exiting]").waitFor({ state: "detached" });
  await page.evaluate(async () => {
    for (;;) {
      const ending = document.getAnimations().filter(({ effect, playState }) => {
        return playState === "running" && Number.isFinite(effect?.getComputedTiming().endTime);
      });
      if (ending.length === 0) return;
      // What inherits a colour begins to change when that has changed.
      await Promise.allSettled(ending.map(({ finished }) => finished));
    }
  });
}
