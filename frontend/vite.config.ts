import { resolve } from "node:path";
import { defineConfig } from "vite";
import { compressed } from "./build/compressed";
import { guides } from "./build/guides";

const here = import.meta.dirname;
const service = process.env["SERVICE_URL"] ?? "http://127.0.0.1:3002";

export default defineConfig({
  // The service may be seen below a prefix that only it knows: everything refers to its neighbours.
  base: "./",
  resolve: {
    // Of the client package its sources are used, so that nothing has to be built before the pages.
    alias: {
      "assembly-service-client/drafts": resolve(here, "../clients/typescript/src/drafts/index.ts"),
      "assembly-service-client/react": resolve(here, "../clients/typescript/src/react/index.ts"),
      "assembly-service-client": resolve(here, "../clients/typescript/src/index.ts"),
    },
    dedupe: ["@tanstack/react-query", "react", "socket.io-client"],
  },
  plugins: [guides(resolve(here, "../docs")), compressed()],
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: [resolve(here, "index.html"), resolve(here, "api-docs.html")],
      onwarn(warning, warn) {
        // "use client" has no meaning where nothing is rendered on a server.
        const isDirective = /^(MODULE_LEVEL_DIRECTIVE|SOURCEMAP_ERROR)$/.test(warning.code ?? "");
        if (!isDirective) warn(warning);
      },
    },
  },
  server: {
    fs: { allow: [".."] },
    proxy: {
      "/api": service,
      "/local": service,
      "/socket.io": { target: service, ws: true },
    },
  },
});
