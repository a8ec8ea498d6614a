import { act, cleanup, renderHook } from "@testing-library/react";
import { type ReactNode, StrictMode, useEffect } from "react";
import { afterEach, expect, test, vi } from "vitest";
import {
  type DraftClient,
  DraftClientProvider,
  useEducationRegistration,
} from "../../src/drafts/index.js";
import { EDUCATION, fakeEducation } from "./fake-education.js";
import { pass } from "./support.js";

afterEach(cleanup);

function strictly(client: DraftClient) {
  return ({ children }: { children: ReactNode }) => (
    <StrictMode>
      <DraftClientProvider client={client}>{children}</DraftClientProvider>
    </StrictMode>
  );
}

test("the hook stages once in StrictMode", async () => {
  const { service, client } = fakeEducation();
  const { result } = renderHook(
    () => {
      const registration = useEducationRegistration();
      const { stage } = registration;
      useEffect(() => void stage({ educationData: EDUCATION }), [stage]);
      return registration;
    },
    { wrapper: strictly(client) },
  );
  expect(result.current.loading).toBe(true);
  await act(() => pass());
  expect(result.current).toMatchObject({ loading: false, session: { sessionId: "1" } });
  expect(service.count("POST /stage")).toBe(1);
});

test("the hook leaves nothing running when it is unmounted", async () => {
  const { service, client } = fakeEducation();
  const { result, unmount } = renderHook(() => useEducationRegistration(), {
    wrapper: strictly(client),
  });
  service.answer("GET /session/1", ...Array<"unreachable">(9).fill("unreachable"));
  await act(async () => {
    void result.current.resume("1");
    await pass();
  });
  expect(result.current.isWaiting).toBe(true);
  const { length } = service.requests;
  unmount();
  await pass();
  expect(vi.getTimerCount()).toBe(0);
  await pass(60_000);
  expect(service.requests).toHaveLength(length);
});
