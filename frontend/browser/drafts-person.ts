import type { Page } from "playwright-core";
import { fillDetails, giveToken, next } from "./product-wizard.ts";
import { hasName, saved } from "./project-page.ts";
import { assert, type Stage } from "./stage.ts";

const OTHERS_PRODUCT = "Hand rehabilitation workshop";

/** People who use the same browser after each other. */
export const personScenarios: Record<string, (stage: Stage) => Promise<void>> = {
  async peopleAreKeptApart({ open, call }) {
    const service = String(await call("other"));
    const at = (path: string) => `${service}/drafts/${path}`;
    const signIn = async (page: Page, claims: object) =>
      giveToken(page, String(await call("token", claims)));
    const first = await open(at("product"));
    await signIn(first, { user: "ann" });
    await first.getByLabel("Name").fill("Ann's course");
    await first.goto(at("project"));
    await first.getByLabel("Name").fill("Ann's house");
    await saved(first);
    const browser = first.context();
    await first.close();

    let sent: string[] = [];
    browser.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
    const second = await browser.newPage();
    await second.goto(at("project"));
    await hasName(second, "");
    await second.goto(at("product"));
    await signIn(second, { user: "bob", privilege: 1 });
    await productIs(second, "");
    await second.goto(at("project"));
    await hasName(second, "");
    await second.getByLabel("Name").fill("Bob's house");
    await saved(second);
    await second.goto(at("product"));
    await fillDetails(second, "others");
    await next(second, "prices");
    await second.getByText("Only Admin users can create products").waitFor();
    assert(!sent.join().includes("Ann's"), "what one person typed is sent for another");

    sent = [];
    await signIn(second, { user: "ann" });
    await productIs(second, "Ann's course");
    await second.goto(at("project"));
    await hasName(second, "Ann's house");
    assert(!sent.join().includes("Bob's"), "what one person typed is sent for another");
    assert(!sent.join().includes(OTHERS_PRODUCT), "a refused product is sent for another person");
  },
};

async function productIs(page: Page, name: string): Promise<void> {
  await page.waitForFunction(
    (value) => document.querySelector<HTMLInputElement>("#productName")?.value === value,
    name,
  );
}
