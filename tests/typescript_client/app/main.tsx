import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App as Product } from "./Product";
import { App as Shop } from "./Shop";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Shop />
    <Product />
  </StrictMode>,
);
