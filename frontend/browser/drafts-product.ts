import type { Page } from "playwright-core";
import { assert, type Stage } from "./stage.ts";

const SCHEMES = ["light", "dark"] as const;

/** How people make a product, step by step. */
export const productScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async look({ open, call }) {
    const directory = String(await call("directory"));
    for (const colorScheme of SCHEMES) {
      const page = await open("/drafts/product", { colorScheme });
      const shots = async (name: string) => {
        for (const width of [360, 1280, 2560]) {
          await page.setViewportSize({ width, height: Math.round(Math.max(740, width * 0.6)) });
          await page.screenshot({ path: `${directory}/${name}-${width}-${colorScheme}.png`, fullPage: true });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          if (wide > width) console.error(`${name} is ${wide} at ${width}`);
        }
        await page.setViewportSize({ width: 1280, height: 800 });
      };
      await next(page, "prices");
      await shots("1-errors");
      await fillDetails(page, `LOOK-${colorScheme}`);
      await page.getByText("is free.").waitFor();
      await shots("1-details");
      await next(page, "prices");
      await page.getByLabel("General", { exact: false }).first().waitFor();
      await shots("2-prices");
      await next(page, "audience");
      await page.getByRole("alert").waitFor();
      await shots("2-errors");
      await page.getByLabel("General").first().fill("120.50");
      await next(page, "audience");
      await page.getByLabel("Find a criterion").waitFor();
      await shots("3-audience");
      await choose(page, "Province", ["Ontario", "Quebec"]);
      await choose(page, "Language", ["French"]);
      await shots("3-chosen");
      await next(page, "review");
      await page.getByRole("button", { name: "Publish" }).waitFor();
      await shots("4-review");
      await page.getByRole("button", { name: "Publish" }).click();
      await page.getByRole("alertdialog").waitFor();
      await shots("4-dialog");
      await page.getByRole("button", { name: "Publish it" }).click();
      await page.getByText("is published").waitFor();
      await shots("5-published");
    }
  },
};

async function fillDetails(page: Page, code: string, category = "Event"): Promise<void> {
  await page.getByLabel("Name").fill("Hand rehabilitation workshop");
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByLabel("Description").fill("A day about hand rehabilitation, with lunch.");
  await page.getByRole("button", { name: "Category" }).click();
  await page.getByRole("option", { name: category, exact: true }).click();
  await page.getByRole("listbox").waitFor({ state: "detached" });
  await page.getByRole("combobox", { name: "General ledger code" }).fill("Workshops and webinars");
  await page.getByRole("option").first().click();
  await page.getByLabel("Year").fill("2026");
}

async function choose(page: Page, criterion: string, names: string[]): Promise<void> {
  await page.getByRole("group", { name: criterion, exact: true }).getByRole("button", { name: "Choose" }).click();
  const dialog = page.getByRole("dialog", { name: criterion, exact: true });
  for (const name of names) {
    await dialog.getByRole("searchbox").fill(name);
    await dialog.getByRole("option", { name, exact: true }).click();
  }
  await dialog.getByRole("searchbox").fill("");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

async function next(page: Page, step: string): Promise<void> {
  await page.getByRole("button", { name: `Next: ${step}` }).click();
}
void assert;
