import type { Stage } from "./stage.ts";

/** What inputs do that only a browser can show. */
export const inputScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async aPartOfADateIsAMistake({ open }) {
    const page = await open("/drafts/project");
    const start = page.locator("#estimatedStartDate");
    const mistake = page.getByText("start date is not finished");
    await start.focus();
    await page.keyboard.type("12");
    await page.getByLabel("Name").focus();
    await mistake.waitFor();
    await start.focus();
    await page.keyboard.type("12052027");
    await mistake.waitFor({ state: "detached" });
    await page.waitForFunction(
      () => document.querySelector<HTMLInputElement>("#estimatedStartDate")?.value === "2027-12-05",
    );
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Enter");
    await mistake.first().waitFor();
  },
};
