import { act, cleanup, fireEvent, render } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { App as ProductApp } from "../../examples/Product.js";
import { App as ShopApp } from "../../examples/Shop.js";
import { installFakeDrafts, json } from "./fake-drafts.js";
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
