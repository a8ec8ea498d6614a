import { expect, test } from "vitest";
import { browser, open, openSaved, service, typed, useFreshBrowser } from "./open-project.js";
import { pass } from "./support.js";

useFreshBrowser();

test("clicked twice, it is one project, and the browser forgets the draft", async () => {
  const { draft, now } = await openSaved();
  draft.updateSession(typed("Depot 2"));
  const commits = [draft.commit(), draft.commit()];
  await pass(5);
  expect(now().isCommitting).toBe(true);
  await pass(100);
  const project = { id: "project-1", projectName: "Depot 2" };
  expect(await Promise.all(commits)).toMatchObject([project, project]);
  expect(service.calls.map((call) => call.split(" ")[0])).toEqual(["PUT", "commit"]);
  expect(now()).toMatchObject({ project, isCommitting: false, sessionId: null, error: null });
  expect([...browser.items.keys()]).toEqual([]);
});

test("a commit whose answer was lost finds its project, however long the service was away", async () => {
  const { draft, now } = await openSaved();
  service.losesAnswers = true;
  const commit = draft.commit();
  await pass(100);
  service.isDown = true;
  service.losesAnswers = false;
  await pass(20_000);
  expect(now()).toMatchObject({ isCommitting: true, saveState: "offline", error: null });
  service.sessions.delete("session-1");
  service.isDown = false;
  await pass(40_000);
  expect(await commit).toMatchObject({ id: "project-1" });
  expect(service.projects).toHaveLength(1);
  expect(service.sessions.size).toBe(0);
});

test("a commit that the service gave up says why, and can be repeated", async () => {
  const { draft, now } = await openSaved();
  const body = { error: "Failed to create project", code: "STORAGE_ERROR" };
  service.refusals.push({ status: 500, body });
  const commits = [draft.commit(), draft.commit()];
  await pass();
  expect(await Promise.all(commits)).toEqual([null, null]);
  expect(service.calls).toEqual(["commit"]);
  expect(now()).toMatchObject({ isCommitting: false, error: { message: body.error } });
  expect(browser.sessionId).toBe("session-1");
  expect(await Promise.all([draft.commit(), pass(100)])).toMatchObject([{ id: "project-1" }, undefined]);
});

test.for(["stays open", "is reloaded"])(
  "what a tab had not saved when another created the project is told, also if it %s",
  async (how) => {
    const [one, other] = [await openSaved(), await open()];
    service.isDown = true;
    other.draft.updateSession({ ...typed("Depot 2"), currentStep: 2 });
    await pass(1_100);
    if (how === "is reloaded") other.close();
    service.isDown = false;
    const { id } = service.becomeProject("session-1");
    const { draft, now } = how === "is reloaded" ? await open() : other;
    await pass(15_000);
    expect(now()).toMatchObject({ project: { id }, lateChanges: { projectName: "Depot 2" } });
    expect(service.sessions.size).toBe(1);
    expect(one.now()).toMatchObject({ project: { id }, lateChanges: null });

    draft.updateSession({ projectData: now().lateChanges ?? {} });
    await pass(1_200);
    expect(now()).toMatchObject({ project: null, lateChanges: null, saveState: "saved" });
    expect(service.data("session-2")).toEqual({ projectName: "Depot 2" });
  },
);

test("what a tab that crashed had not saved outlives that an older one creates the project", async () => {
  const [older, newer] = [await openSaved(), await open()];
  service.isDown = true;
  newer.draft.updateSession({ projectData: { clientName: "Baraka" }, currentStep: 2 });
  newer.close();
  await pass();
  service.isDown = false;
  await Promise.all([older.draft.commit(), pass(200)]);
  expect(older.now()).toMatchObject({ project: { id: "project-1" }, lateChanges: null });
  const { now } = await open();
  expect(now().projectData).toEqual({ clientName: "Baraka" });
  await pass(3_500);
  expect(service.data("session-2")).toEqual({ clientName: "Baraka" });
});

test("what is typed while the project is created is told, and there after a reload until it is dropped", async () => {
  const { draft, now, close } = await openSaved();
  const commit = draft.commit();
  await pass(5);
  draft.updateSession(typed("Depot 2"));
  await Promise.all([commit, pass(100)]);
  expect(now()).toMatchObject({
    project: { projectName: "Depot" },
    lateChanges: { projectName: "Depot 2" },
  });
  await pass(3_000);
  close();
  const reloaded = await open();
  expect(reloaded.now().projectData).toEqual({ projectName: "Depot 2" });
  await Promise.all([reloaded.draft.clearSession(), pass(200)]);
  expect([...browser.items.keys()]).toEqual([]);
});

test("a page that was reloaded during a commit waits for its project", async () => {
  const { close } = await openSaved();
  close();
  service.beginCommit("session-1");
  const { now } = await open();
  await pass();
  expect(now()).toMatchObject({ project: { id: "project-1" }, sessionId: null });
  expect(service.calls).toEqual(["commit"]);
});
