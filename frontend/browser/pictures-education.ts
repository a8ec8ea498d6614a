import { account, accountOf, fill, next, said, upToCreate, YEAR } from "./education-form.ts";
import { camera, type Look } from "./pictures.ts";
import { giveToken } from "./product-wizard.ts";
import { keepToken } from "./project-page.ts";
import type { Stage } from "./stage.ts";

const PAGE = "/drafts/education";

/** Makes pictures of the pages of education: of each answer, and of what it says to do. */
export async function educationPictures(stage: Stage): Promise<void> {
  const look = camera(stage, { fullPage: true });
  await mended(stage, look);
  await ended(stage, look);
  await duplicate(stage, look);
  await people(stage, look);
}

async function mended({ open }: Stage, look: Look): Promise<void> {
  const page = await open(PAGE);
  await page.getByLabel("Member id").waitFor();
  await look(page, "education-empty");
  await page.getByText("Sample accounts to try").click();
  await next(page, "Save the data").click();
  await page.getByText("fields have mistakes").waitFor();
  await look(page, "education-mistakes");
  await page.getByText("Sample accounts to try").click();
  await fill(page, "0000124");
  await page.getByLabel("Graduation year").fill("2999");
  await page.keyboard.press("Enter");
  await page.getByText("some of it has to be corrected").waitFor();
  await look(page, "education-pending");
  await page.getByLabel("Graduation year").fill(YEAR);
  await look(page, "education-changed");
  await next(page, "Save the changes").click();
  await next(page, "Check all rules").waitFor();
  await look(page, "education-saved");
  await next(page, "Check all rules").click();
  await next(page, "Determine the category").waitFor();
  await look(page, "education-checked");
  await next(page, "Determine the category").click();
  await page.getByText(`Graduation year ${YEAR} is after`).waitFor();
  await look(page, "education-category");
  await account(page).fill(accountOf("0000125"));
  await next(page, "Link the account").click();
  await said(page, "Account", "does not match the account");
  await look(page, "education-account-refused");
  await account(page).fill(accountOf("0000124"));
  await next(page, "Link the account").click();
  await next(page, "Create the record").waitFor();
  await look(page, "education-linked");
  await next(page, "Create the record").click();
  await page.getByRole("heading", { name: /is created$/ }).waitFor();
  await look(page, "education-created");
  await next(page, "Complete the registration").click();
  await page.getByText("The registration is complete.").waitFor();
  await look(page, "education-complete");
  await page.getByRole("link", { name: "Open the record" }).click();
  await page.getByRole("heading", { name: "Education record" }).waitFor();
  await page.getByText("osot-0000124").waitFor();
  await look(page, "education-record");
  await page.goto(new URL(`${PAGE}/records/00000000-0000-4000-8000-000000000000`, page.url()).href);
  await page.getByRole("alert").waitFor();
  await look(page, "education-absent");
}

async function ended({ open }: Stage, look: Look): Promise<void> {
  const page = await open(PAGE);
  await fill(page, "0000126");
  await page.context().setOffline(true);
  await next(page, "Save the data").click();
  await page.getByText("No connection").waitFor();
  await look(page, "education-offline");
  await page.context().setOffline(false);
  await next(page, "Check all rules").waitFor();
  const elsewhere = await open(PAGE);
  await elsewhere.getByLabel("Member id").fill("osot-0000126");
  await elsewhere.getByRole("button", { name: "Look for open registrations" }).click();
  const found = elsewhere.getByRole("button", { name: /^Continue the one/ });
  await found.waitFor();
  await look(elsewhere, "education-open");
  await found.click();
  await elsewhere.getByRole("button", { name: "Discard the registration" }).click();
  await elsewhere.getByRole("alertdialog").waitFor();
  await look(elsewhere, "education-discard");
  await elsewhere.getByRole("button", { name: "Discard it" }).click();
  await next(elsewhere, "Save the data").waitFor();
  await next(page, "Check all rules").click();
  await page.getByText("This registration has ended").waitFor();
  await look(page, "education-ended");
}

async function duplicate({ open }: Stage, look: Look): Promise<void> {
  const [page, second] = [await open(PAGE), await open(PAGE)];
  for (const each of [page, second]) await upToCreate(each, "0000127");
  await next(page, "Create the record").click();
  await page.getByText("is created").waitFor();
  await next(second, "Create the record").click();
  await second.getByText("The resource already exists").waitFor();
  await look(second, "education-duplicate");
}

async function people({ open, call }: Stage, look: Look): Promise<void> {
  const page = await open(`${String(await call("other"))}${PAGE}`);
  await giveToken(page, String(await call("token", { privilege: 2 })));
  await fill(page, "0000129");
  await page.evaluate(keepToken, String(await call("token", { privilege: 2, expires_in: -3_600 })));
  await next(page, "Save the data").click();
  await page.getByText("no longer valid").waitFor();
  await look(page, "education-401");
  await giveToken(page, String(await call("token", { privilege: 2 })));
  for (const step of ["Check all rules", "Determine the category", "Link the account"]) {
    await next(page, step).click();
  }
  await next(page, "Create the record").click();
  await page.getByText("Admin may not create the record").waitFor();
  await look(page, "education-403");
}
