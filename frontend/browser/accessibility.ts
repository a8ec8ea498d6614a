import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { sendAwkward } from "./shapes.ts";
import { connected, type Stage } from "./stage.ts";

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
  await page.evaluate(AXE);
  // For a moment the library reads out a button that is gone already.
  const where = '{ exclude: ["[data-live-announcer]"] }';
  const results = (await page.evaluate(`axe.run(${where}, ${rules || "{}"})`)) as AxeResults;
  return results.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
}
