import { act, cleanup, fireEvent, render } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { NewEducation } from "../../examples/NewEducation.js";
import { NewProject } from "../../examples/NewProject.js";
import { App as ProductApp } from "../../examples/Product.js";
import { App as ShopApp } from "../../examples/Shop.js";
import { DraftClientProvider } from "../../src/drafts/index.js";
import { installFakeDrafts, json } from "./fake-drafts.js";
import { EDUCATION, fakeEducation } from "./fake-education.js";
import { FakeBrowser, FakeProjects } from "./fake-projects.js";
import { service } from "./fake-service.js";
import { pass } from "./support.js";

afterEach(cleanup);

test("the example shows a shop, and what is new as it comes", async () => {
  service.put("1", "Cup");
  const { container } = render(<ShopApp />);
  await act(() => pass());
  expect(container.querySelector("h1")?.textContent).toBe("home256 (live)");
  service.put("2", "Plate");
  await act(() => pass());
  const shown = [...container.querySelectorAll("li")].map((item) => item.textContent);
  expect(shown).toEqual(["New: Plate 1999.99", "Cup 1999.99"]);
});

test("the example publishes a product, after what was wrong with it is mended", async () => {
  const drafts = installFakeDrafts();
  vi.stubGlobal("prompt", () => "token");
  const fields = { productName: "productName must be 3 to 100 characters long" };
  drafts.once("product", () => json(400, { message: "Product validation failed", fields }));
  const shown = render(<ProductApp />);
  const publish = () =>
    act(async () => {
      fireEvent.click(shown.getByText("Publish"));
      await pass();
    });
  await publish();
  expect(shown.getByLabelText(/productName/).parentElement?.textContent).toContain("3 to 100");
  fireEvent.change(shown.getByLabelText(/productCode/), { target: { value: "COURSE" } });
  await publish();
  expect(shown.getByRole("status").textContent).toBe("COURSE is published.");
  expect(drafts.products).toMatchObject([{ productCode: "COURSE", generalPrice: 120 }]);
  expect(new Set(drafts.tokens)).toEqual(new Set(["Bearer token"]));
});

test("the example of a project saves what is typed, and creates it", async () => {
  const projects = new FakeProjects();
  const shown = render(
    <DraftClientProvider client={new FakeBrowser().client()}>
      <NewProject />
    </DraftClientProvider>,
  );
  await act(() => pass());
  fireEvent.change(shown.getByLabelText(/projectName/), { target: { value: "Depot" } });
  expect(shown.getByRole("status").textContent).toBe("unsaved");
  await act(() => pass(1_200));
  expect(shown.getByRole("status").textContent).toBe("saved");
  fireEvent.click(shown.getByText("Create"));
  await act(() => pass());
  expect(shown.getByRole("status").textContent).toBe("Depot is created.");
  expect(projects.projects).toHaveLength(1);
});

test("the example of an education takes the step that is next until none is left", async () => {
  const { service: educations, client } = fakeEducation();
  const shown = render(
    <DraftClientProvider client={client}>
      <NewEducation educationData={EDUCATION} accountId="account-1" />
    </DraftClientProvider>,
  );
  const steps: (string | null)[] = [];
  for (let button = shown.queryByRole("button"); button !== null; button = shown.queryByRole("button")) {
    steps.push(button.textContent);
    fireEvent.click(button);
    await act(() => pass());
  }
  expect(steps).toEqual([
    ...["stage_data", "validate_education", "determine_category", "link_account"],
    ...["create_record", "complete_workflow"],
  ]);
  expect(educations.record).not.toBeNull();
});
