// @vitest-environment happy-dom
import { cleanup, configure, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createDraftClient,
  type DraftClient,
  DraftClientProvider,
  type ProjectList,
  useProjectSession,
} from "../../src/drafts/index.js";
import { SERVICE_URL, tokenOf } from "./stage.js";

configure({ asyncUtilTimeout: 40_000, reactStrictMode: true });

const DETAILS = { projectName: "Depot", buildingType: "industrial", squareFootage: 2400 };

let client: DraftClient;

beforeEach(async () => {
  localStorage.clear();
  // Each person sees projects of their own.
  const token = await tokenOf({ sub: `person-${Math.random()}` });
  client = createDraftClient({ url: SERVICE_URL, token: () => token });
});

afterEach(cleanup);

/** A tab of this browser. */
function open() {
  const wrapper = ({ children }: { children: ReactNode }) => (
    <DraftClientProvider client={client}>{children}</DraftClientProvider>
  );
  return renderHook(useProjectSession, { wrapper });
}

async function openSaved() {
  const tab = open();
  tab.result.current.updateSession({ projectData: DETAILS });
  expect(await tab.result.current.save()).toBe(true);
  await waitFor(() => expect(tab.result.current.saveState).toBe("saved"));
  return tab;
}

async function projects() {
  return (await client.call<ProjectList>("GET", "/api/projects")).body.projects;
}

test("what was typed is found again, and becomes one project", async () => {
  const { result, unmount } = await openSaved();
  const id = result.current.sessionId;
  expect(localStorage.getItem("projectSessionId")).toBe(id);
  expect(await result.current.validate(2)).toMatchObject({ valid: true });
  result.current.updateSession({ currentStep: 4, completedSteps: [1, 2, 3] });
  unmount();

  // The browser keeps nothing but the id: all of it is at the service.
  const kept = "assembly-service.draft.project";
  await waitFor(() => expect(localStorage.getItem(kept)).toContain('"bases":{}'));
  localStorage.removeItem(kept);
  const { result: again } = open();
  await waitFor(() => expect(again.current.loading).toBe(false));
  expect(again.current).toMatchObject({
    sessionId: id,
    projectData: DETAILS,
    currentStep: 4,
    completedSteps: [1, 2, 3],
  });
  const made = await Promise.all([again.current.commit(), again.current.commit()]);
  expect(await projects()).toMatchObject([{ ...DETAILS, id: made[0]?.id, sourceSessionId: id }]);
  expect(made[1]).toEqual(made[0]);
  expect(localStorage.length).toBe(0);
});

test("two tabs merge what they typed in different fields, and ask about the same one", async () => {
  const { result: one } = await openSaved();
  const { result: other } = open();
  await waitFor(() => expect(other.current.projectData).toEqual(DETAILS));
  one.current.updateSession({ projectData: { clientName: "Amani" } });
  expect(await one.current.save()).toBe(true);
  other.current.updateSession({ projectData: { budget: 500, clientName: "Baraka" } });
  expect(await other.current.save()).toBe(false);
  const conflict = { field: "clientName", mine: "Baraka", theirs: "Amani" };
  await waitFor(() => expect(other.current.conflicts).toEqual([conflict]));
  other.current.keepMine("clientName");
  await waitFor(() => expect(other.current.saveState).toBe("saved"));
  one.current.updateSession({ projectData: { numberOfFloors: 2 } });
  await one.current.save();
  const merged = { ...DETAILS, budget: 500, clientName: "Baraka", numberOfFloors: 2 };
  await waitFor(() => expect(one.current.projectData).toEqual(merged));
});

test("a step that is wrong says so at its fields, and so does a commit", async () => {
  const { result } = await openSaved();
  result.current.updateSession({ projectData: { projectName: null }, completedSteps: [1, 2, 3] });
  const fields = { projectName: "Project name is required" };
  expect(await result.current.validate(1)).toMatchObject({ valid: false, fields });
  expect(await result.current.commit()).toBeNull();
  await waitFor(() => expect(result.current.error).toMatchObject({ status: 400, fields }));
  expect(await projects()).toEqual([]);
});

test("a draft that somebody deleted begins anew with what was typed", async () => {
  const { result } = await openSaved();
  const before = result.current.sessionId;
  await client.call("DELETE", `/api/project-session/${before}`);
  result.current.updateSession({ projectData: { budget: 5 } });
  expect(await result.current.save()).toBe(true);
  await waitFor(() => expect(result.current.sessionId).not.toBe(before));
  const { body } = await client.call("GET", `/api/project-session/${result.current.sessionId}`);
  expect(body).toMatchObject({ projectData: { ...DETAILS, budget: 5 } });
});
