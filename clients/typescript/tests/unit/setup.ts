import { configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";
import { FakeSocket, FakeStream, installFakeService } from "./fake-service.js";

vi.mock("socket.io-client", () => ({
  io: (url: string, options: unknown) => new FakeSocket(url, options),
}));

// A <StrictMode> below the root does not mount twice.
configure({ reactStrictMode: true });

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-18T06:00:00.000Z") });
  const service = installFakeService();
  vi.stubGlobal("fetch", service.fetch);
  vi.stubGlobal("EventSource", FakeStream);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
