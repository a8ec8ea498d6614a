import { expect, test } from "vitest";
import { browser, open, openSaved, service, typed, useFreshBrowser } from "./open-project.js";
import { pass } from "./support.js";

useFreshBrowser();

test("another's change of another field appears, also during a save", async () => {
  const { draft, now } = await openSaved();
  service.edit("session-1", { clientName: "Baraka" });
  draft.updateSession(typed("Depot 2"));
  await pass(1_200);
  expect(now()).toMatchObject({
    projectData: { projectName: "Depot 2", clientName: "Baraka" },
    conflicts: [],
    saveState: "saved",
  });
  service.edit("session-1", { clientName: "Chausiku" });
  await pass(13_000);
  expect(now().projectData.clientName).toBe("Chausiku");
  expect(service.data()).toEqual({ projectName: "Depot 2", clientName: "Chausiku" });
});

test("another's change of the same field is offered, and other fields are saved", async () => {
  const { draft, now } = await openSaved();
  service.edit("session-1", { projectName: "Theirs" });
  draft.updateSession({ projectData: { projectName: "Mine", budget: 5 } });
  await pass(1_200);
  const conflict = { field: "projectName", mine: "Mine", theirs: "Theirs" };
  expect(now()).toMatchObject({ conflicts: [conflict], projectData: { projectName: "Mine" } });
  expect(service.data()).toMatchObject({ projectName: "Theirs", budget: 5 });
  await pass(30_000);
  expect(now().conflicts).toEqual([conflict]);
  expect(await Promise.all([draft.commit(), pass(100)])).toMatchObject([null, undefined]);
  expect(now().error?.code).toBe("undecided");
  draft.keepMine("projectName");
  await pass(100);
  expect(now()).toMatchObject({ conflicts: [], saveState: "saved" });
  expect(service.data()).toMatchObject({ projectName: "Mine" });
});

test("a reload leaves a choice between two changes open", async () => {
  const { draft, close } = await openSaved();
  service.edit("session-1", { projectName: "Theirs" });
  draft.updateSession({ projectData: { projectName: "Mine", budget: 5 } });
  await pass(1_200);
  close();
  const { draft: reloaded, now } = await open();
  await pass(10_000);
  const conflict = { field: "projectName", mine: "Mine", theirs: "Theirs" };
  expect(now()).toMatchObject({ conflicts: [conflict], projectData: { projectName: "Mine" } });
  expect(service.data()).toMatchObject({ projectName: "Theirs", budget: 5 });
  reloaded.keepMine("projectName");
  await pass();
  expect(service.data()).toMatchObject({ projectName: "Mine" });
});

test("a choice that was made offline is not asked for again after a reload", async () => {
  const { draft, close } = await openSaved();
  service.edit("session-1", { projectName: "Theirs" });
  draft.updateSession(typed("Mine"));
  await pass(1_200);
  service.isDown = true;
  draft.keepMine("projectName");
  close();
  await pass();
  service.isDown = false;
  const { now } = await open();
  await pass(5_000);
  expect(now()).toMatchObject({ conflicts: [], saveState: "saved" });
  expect(service.data()).toMatchObject({ projectName: "Mine" });
});

test("a change that others take back is no conflict any longer", async () => {
  const { draft, now } = await openSaved();
  service.edit("session-1", { projectName: "Theirs" });
  draft.updateSession(typed("Mine"));
  await pass(1_200);
  service.edit("session-1", { projectName: "Depot" });
  await pass(30_000);
  expect(now()).toMatchObject({ conflicts: [], saveState: "saved" });
  expect(service.data()).toMatchObject({ projectName: "Mine" });
});

test("two empty tabs that begin at once end in one draft with the text of both", async () => {
  const [one, other] = [await open(), await open()];
  one.draft.updateSession({ projectData: { projectName: "Depot", budget: 5 } });
  other.draft.updateSession({ projectData: { projectName: "Shed", clientName: "Amani" } });
  await pass(15_000);
  const id = browser.sessionId ?? "";
  expect([one.now().sessionId, other.now().sessionId]).toEqual([id, id]);
  const asked = [one, other].find(({ now }) => now().conflicts.length > 0);
  const names = ["Depot", "Shed"];
  expect(names).toContain(service.data(id)["projectName"]);
  expect(asked?.now().conflicts).toMatchObject([{ field: "projectName" }]);
  expect(service.data(id)).toMatchObject({ budget: 5, clientName: "Amani" });
});

test("another's change can be taken", async () => {
  const { draft, now } = await openSaved();
  service.edit("session-1", { projectName: "Theirs" });
  draft.updateSession(typed("Mine"));
  await pass(1_200);
  draft.takeTheirs("projectName");
  expect(now()).toMatchObject({
    projectData: { projectName: "Theirs" },
    conflicts: [],
    saveState: "saved",
  });
});

test("what two tabs complete counts, and each stays where it is", async () => {
  const [one, other] = [await openSaved(), await open()];
  one.draft.updateSession({ currentStep: 2, completedSteps: [1] });
  other.draft.updateSession({ currentStep: 3, completedSteps: [2] });
  await pass(15_000);
  expect(one.now()).toMatchObject({ currentStep: 2, completedSteps: [1, 2] });
  expect(other.now()).toMatchObject({ currentStep: 3, completedSteps: [1, 2] });
});

test("a second tab shows at once what the first one has saved", async () => {
  const [one, other] = [await openSaved(), await open()];
  one.draft.updateSession(typed("Depot 2"));
  await pass(1_100);
  expect(other.now().projectData.projectName).toBe("Depot 2");
});

test("a tab that is opened while another types leaves the saving to it", async () => {
  const one = await openSaved();
  one.draft.updateSession(typed("Dep"));
  const other = await open();
  expect(other.now().projectData.projectName).toBe("Dep");
  for (const name of ["Depo", "Depot", "Depot 3", "Depot 34"]) {
    one.draft.updateSession(typed(name));
    await pass(800);
  }
  await pass(3_000);
  for (const { now } of [one, other]) {
    expect(now()).toMatchObject({ projectData: { projectName: "Depot 34" }, conflicts: [] });
  }
  expect(service.calls).toHaveLength(1);
});

test("what two tabs could not save is all there after a crash", async () => {
  const [one, other] = [await openSaved(), await open()];
  service.isDown = true;
  one.draft.updateSession(typed("Depot 2"));
  other.draft.updateSession({ projectData: { budget: 5 } });
  one.draft.updateSession({ projectData: { clientName: "Baraka" } });
  for (const { close } of [one, other]) close();
  await pass();
  const { now } = await open();
  const data = { projectName: "Depot 2", budget: 5, clientName: "Baraka" };
  expect(now().projectData).toEqual(data);
  service.isDown = false;
  await pass(60_000);
  expect(service.data()).toEqual(data);
});

test("another tab learns that the project exists", async () => {
  const [one, other] = [await openSaved(), await open()];
  await Promise.all([one.draft.commit(), pass(200)]);
  expect(other.now()).toMatchObject({ project: { id: "project-1" }, sessionId: null });
  expect(service.sessions.size).toBe(1);
});

test("discarding forgets it here, at the service, and in other tabs", async () => {
  const [one, other] = [await openSaved(), await open()];
  await Promise.all([one.draft.clearSession(), pass(200)]);
  for (const { now } of [one, other]) {
    expect(now()).toMatchObject({ sessionId: null, projectData: {}, saveState: "saved", error: null });
  }
  expect(service.sessions.size).toBe(0);
  expect([...browser.items.keys()]).toEqual([]);
});

test("a draft for whose id the storage had no room stays when another tab types", async () => {
  browser.isFull = true;
  const { draft, now } = await openSaved();
  expect(now()).toMatchObject({ saveState: "saved", sessionId: "session-1" });
  browser.isFull = false;
  const other = await open();
  other.draft.updateSession({ projectData: { budget: 5 } });
  await pass(100);
  expect(now().projectData).toMatchObject({ projectName: "Depot", clientName: "Amani" });
  draft.updateSession(typed("Depot 2"));
  await pass(5_000);
  expect(now()).toMatchObject({ saveState: "saved", projectData: { projectName: "Depot 2" } });
});
