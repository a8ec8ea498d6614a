import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { routes } from "./routes";
import { publicPath, serviceUrl } from "./site/address";
import "./site/site.css";
import "./site/controls.css";

// After an update of the service the parts of an open page are gone: the new page has new ones.
// A service that does not answer has none, and loading the page again would lose it.
window.addEventListener("vite:preloadError", () => {
  const loadAgain = () => window.location.reload();
  void fetch(serviceUrl("/"), { cache: "no-store" }).then(loadAgain, () => undefined);
});

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no root");
createRoot(root).render(
  <StrictMode>
    <RouterProvider router={createBrowserRouter(routes, { basename: publicPath || "/" })} />
  </StrictMode>,
);
