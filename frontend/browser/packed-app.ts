import type { Stage } from "./stage.ts";

/** An app that is not the service's: built by a user of the client package. */
export const appScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async makesAProductInAnApp({ open, call }) {
    const page = await open("/index.html");
    const token = String(await call("token"));
    page.on("dialog", (asked) => void asked.accept(token));
    await page.getByRole("heading", { name: "home256 (live)" }).waitFor();
    await page.getByLabel("productName").fill("A course");
    await page.getByLabel("productCode").fill("COURSE-2026");
    await page.getByLabel("productDescription").fill("Made in an app of others.");
    await page.getByLabel("productYear").fill("2026");
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("COURSE-2026 is published.").waitFor();
  },
};
