// The pasted example with the packed package, at a service that answers as its contract says.
import { act } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./Product";

const SESSIONS = "http://127.0.0.1:3002/private/products/orchestrate/session";
const made: object[] = [];
let staged: { productCode: string };

globalThis.IS_REACT_ACT_ENVIRONMENT = true;
globalThis.prompt = () => "token";
globalThis.fetch = async (url, { headers, body }) => {
  if (headers.Authorization !== "Bearer token") return Response.json({}, { status: 401 });
  const session = { sessionId: "draft-1", expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
  switch (url) {
    case `${SESSIONS}/create`:
      return Response.json({ ...session, state: "initiated" }, { status: 201 });
    case `${SESSIONS}/draft-1/product`:
      staged = JSON.parse(body);
      return Response.json({ ...session, state: "product-added", product: staged });
    case `${SESSIONS}/draft-1/commit`: {
      made.push(staged);
      const { productCode } = staged;
      return Response.json({ success: true, productGuid: "1", targetGuid: "2", productCode });
    }
    default:
      return Response.json({ message: "Not found" }, { status: 404 });
  }
};

test("a fresh app makes a product", async () => {
  const root = document.body.appendChild(document.createElement("div"));
  await act(() => createRoot(root).render(<App />));
  for (const input of root.querySelectorAll("input")) input.value = `COURSE ${input.name}`;
  await act(() => root.querySelector("button").click());
  await vi.waitFor(() => expect(root.textContent).toContain("COURSE productCode is published."));
  expect(made).toMatchObject([{ productName: "COURSE productName", generalPrice: 120 }]);
});
