import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Examples import the package by its name.
const alias = {
  "assembly-service-client/drafts": path("./src/drafts/index.ts"),
  "assembly-service-client/react": path("./src/react/index.ts"),
  "assembly-service-client": path("./src/index.ts"),
};

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

export default defineConfig({
  test: {
    // A worker for all files: starting one costs more than a file of tests.
    fileParallelism: false,
    isolate: false,
    poolOptions: { forks: { execArgv: ["--experimental-eventsource"] } },
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: ["tests/unit/**/*.test.{ts,tsx}"],
          setupFiles: ["tests/unit/setup.ts"],
          environment: "happy-dom",
          testTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        // Against a running service: pytest starts it, and says where. Files that render name an
        // environment with a page, which may call the service as one of its own pages does.
        test: {
          name: "live",
          include: ["tests/live/**/*.test.{ts,tsx}"],
          environmentOptions: {
            happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } },
          },
          testTimeout: 60_000,
        },
      },
    ],
  },
});
