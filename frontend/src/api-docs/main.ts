import "swagger-ui-dist/swagger-ui.css";
// As its makers built it: to take 1.7 MB apart and together again would double the build's time.
import bundle from "swagger-ui-dist/swagger-ui-bundle.js?url";
import { serviceUrl } from "../site/address";

declare global {
  interface Window {
    SwaggerUIBundle?: (options: Record<string, unknown>) => void;
  }
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

const script = document.createElement("script");
script.src = bundle;
script.onload = () => {
  window.SwaggerUIBundle?.({
    url: serviceUrl("/api/openapi.json"),
    dom_id: "#documentation",
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
};
document.head.append(script);
