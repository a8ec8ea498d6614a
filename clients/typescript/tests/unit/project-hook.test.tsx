import { act, cleanup, render, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DraftClientProvider, useProjectSession } from "../../src/drafts/index.js";
import { FakeBrowser, FakeProjects } from "./fake-projects.js";
import { pass } from "./support.js";

afterEach(cleanup);

let service: FakeProjects;
let browser: FakeBrowser;

beforeEach(() => {
  service = new FakeProjects();
  browser = new FakeBrowser();
});

const passing = (milliseconds?: number) => act(() => pass(milliseconds));

function provider() {
  const client = browser.client();
  return ({ children }: { children: ReactNode }) => (
    <DraftClientProvider client={client}>{children}</DraftClientProvider>
  );
}

test("in StrictMode too, one draft is created, read once, and left without anything running", async () => {
  const first = renderHook(useProjectSession, { wrapper: provider() });
  await passing();
  await act(async () => {
    void first.result.current.createSession();
    first.result.current.updateSession({ projectData: { projectName: "Depot" } });
    await pass();
  });
  expect([...service.sessions.keys()]).toEqual(["session-1"]);
  first.unmount();
  await passing();

  service.reads = 0;
  const second = renderHook(useProjectSession, { wrapper: provider() });
  expect(second.result.current.loading).toBe(false);
  await passing();
  expect(second.result.current.projectData).toEqual({ projectName: "Depot" });
  expect(service.reads).toBe(1);
  second.unmount();
  expect(vi.getTimerCount()).toBe(0);
});

test("a form can be typed into while it saves itself", async () => {
  function Form() {
    const { projectData, saveState, updateSession } = useProjectSession();
    return (
      <>
        <output>{`${projectData.projectName} is ${saveState}`}</output>
        <button onClick={() => updateSession({ projectData: { projectName: "Depot" } })}>Type</button>
      </>
    );
  }
  const Wrapper = provider();
  const { getByRole } = render(<Wrapper><Form /></Wrapper>);
  await passing();
  act(() => getByRole("button").click());
  expect(getByRole("status").textContent).toBe("Depot is unsaved");
  await passing(1_100);
  expect(getByRole("status").textContent).toBe("Depot is saved");
});

test("on a server it renders as loading", () => {
  function Shown() {
    return <>{String(useProjectSession().loading)}</>;
  }
  const Wrapper = provider();
  expect(renderToString(<Wrapper><Shown /></Wrapper>)).toBe("true");
});
