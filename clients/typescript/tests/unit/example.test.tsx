import { act, cleanup, render } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { App } from "../../examples/Shop.js";
import { service } from "./fake-service.js";
import { pass } from "./support.js";

afterEach(cleanup);

test("the example shows a shop, and what is new as it comes", async () => {
  service.put("1", "Cup");
  const { container } = render(<App />);
  await act(() => pass());
  expect(container.querySelector("h1")?.textContent).toBe("home256 (live)");
  service.put("2", "Plate");
  await act(() => pass());
  const shown = [...container.querySelectorAll("li")].map((item) => item.textContent);
  expect(shown).toEqual(["New: Plate 1999.99", "Cup 1999.99"]);
});
