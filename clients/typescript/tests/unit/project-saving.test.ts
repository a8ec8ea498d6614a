import { expect, test, vi } from "vitest";
import { createDraftClient, ProjectDraft } from "../../src/drafts/index.js";
import { browser, open, openSaved, service, typed, useFreshBrowser } from "./open-project.js";
import { pass } from "./support.js";

useFreshBrowser();

test("what is typed is saved a second after the last key, only what changed", async () => {
  const { draft, now } = await openSaved();
  for (const name of ["Depot 2", "Depot 2 ", "Depot 2 N"]) {
    draft.updateSession(typed(name));
    await pass(900);
  }
  expect(service.calls).toEqual([]);
  expect(now().saveState).toBe("unsaved");
  await pass(100);
  expect(now().saveState).toBe("saving");
  await pass(50);
  expect(service.calls).toEqual(['PUT {"projectData":{"projectName":"Depot 2 N"}}']);
  expect(now()).toMatchObject({ saveState: "saved", savedAt: Date.now() - 30 });
});

test("a draft is created with the first change, and once", async () => {
  const { draft, now } = await open();
  expect(now()).toMatchObject({ loading: false, sessionId: null });
  expect(service.calls).toEqual([]);
  draft.updateSession(typed("Depot"));
  const ids = await Promise.all([draft.createSession(), draft.createSession(), pass(100)]);
  expect(ids.slice(0, 2)).toEqual(["session-1", "session-1"]);
  expect(service.calls).toEqual(['POST {"projectData":{"projectName":"Depot"}}']);
  expect(browser.sessionId).toBe("session-1");
});

test("a reload goes on where it was, with what was not saved yet", async () => {
  const { draft, close } = await openSaved();
  draft.updateSession({ projectData: { budget: 500 }, currentStep: 2, completedSteps: [1] });
  service.isDown = true;
  close();
  await pass(100);
  const { now } = await open();
  expect(now()).toMatchObject({
    loading: false,
    projectData: { projectName: "Depot", clientName: "Amani", budget: 500 },
    currentStep: 2,
    completedSteps: [1],
  });
  service.isDown = false;
  await pass(60_000);
  expect(now()).toMatchObject({ saveState: "saved", sessionId: "session-1" });
  expect(service.data()).toMatchObject({ budget: 500 });
});

test.for([404, 410])(
  "a draft that is gone (%i) begins anew with what was typed",
  async (status) => {
    const { close } = await openSaved();
    close();
    if (status === 404) service.sessions.delete("session-1");
    else service.isExpired = true;
    const { now } = await open();
    await pass(100);
    expect(now()).toMatchObject({ projectData: { projectName: "Depot" }, saveState: "saved" });
    expect(service.data(now().sessionId ?? "")).toEqual({ projectName: "Depot", clientName: "Amani" });
    expect(browser.sessionId).toBe(now().sessionId);
  },
);

test("a draft that expires under the keys begins anew with everything", async () => {
  const { draft, now } = await openSaved();
  service.isExpired = true;
  draft.updateSession({ projectData: { budget: 5 } });
  await pass(1_200);
  expect(now().sessionId).toBe("session-2");
  expect(service.data()).toEqual({ projectName: "Depot", clientName: "Amani", budget: 5 });
});

test.for(["is away", "fails"])("while the service %s the id is kept, and pauses grow", async (how) => {
  const { close } = await openSaved();
  close();
  service.reads = 0;
  browser.items.delete("assembly-service.draft.project");
  if (how === "is away") service.isDown = true;
  else service.refusals.push(...Array<{ status: number }>(20).fill({ status: 503 }));
  const { now } = await open();
  expect(now()).toMatchObject({ loading: true, error: { isTransient: true } });
  await pass(60_000);
  expect(service.reads).toBeGreaterThan(3);
  expect(service.reads).toBeLessThan(10);
  expect(browser.sessionId).toBe("session-1");
  service.isDown = false;
  service.refusals.length = 0;
  await pass(60_000);
  expect(now()).toMatchObject({ loading: false, error: null, projectData: { projectName: "Depot" } });
});

test("a save that fails is no error: it is tried again, and the last state wins", async () => {
  const { draft, now } = await openSaved();
  service.isDown = true;
  draft.updateSession(typed("Depot 2"));
  await pass(1_100);
  expect(now()).toMatchObject({ saveState: "offline", error: null });
  draft.updateSession(typed("Depot 3"));
  await pass(20_000);
  service.calls.length = 0;
  service.isDown = false;
  dispatchEvent(new Event("online"));
  await pass(100);
  expect(service.calls).toEqual(['PUT {"projectData":{"projectName":"Depot 3"}}']);
  expect(now().saveState).toBe("saved");
  draft.updateSession(typed("Depot 4"));
  await pass(1_100);
  expect(now().saveState).toBe("saved");
});

test("a save whose answer was lost is not taken for another's", async () => {
  const { draft, now } = await openSaved();
  service.losesAnswers = true;
  draft.updateSession(typed("Depot 2"));
  await pass(1_100);
  service.losesAnswers = false;
  await pass(60_000);
  expect(now()).toMatchObject({ saveState: "saved", conflicts: [] });
  expect(service.data()).toMatchObject({ projectName: "Depot 2" });
});

test("after 429 it waits as long as the service asks for, whatever is typed", async () => {
  const { draft, now } = await openSaved();
  service.refusals.push({ status: 429, headers: { "Retry-After": "30" } });
  draft.updateSession(typed("Depot 2"));
  await pass(1_100);
  draft.updateSession(typed("Depot 3"));
  await pass(28_000);
  expect(service.calls).toHaveLength(1);
  expect(now()).toMatchObject({ saveState: "unsaved", error: null });
  await pass(3_000);
  expect(service.data()).toMatchObject({ projectName: "Depot 3" });
});

test("what is typed while a save is on its way is saved after it", async () => {
  const { draft } = await openSaved();
  draft.updateSession(typed("Depot 2"));
  const saves = [draft.save()];
  await pass(5);
  draft.updateSession(typed("Depot 3"));
  saves.push(draft.save());
  await pass(100);
  expect(await Promise.all(saves)).toEqual([false, true]);
  expect(service.calls).toEqual([
    'PUT {"projectData":{"projectName":"Depot 2"}}',
    'PUT {"projectData":{"projectName":"Depot 3"}}',
  ]);
});

test("a value that cannot be stored holds back nothing else, until it is changed", async () => {
  const { draft, now } = await openSaved();
  const errors = { budget: "budget must not hold a number that is too large" };
  const body = { error: "Validation failed", code: "VALIDATION_FAILED", details: { errors } };
  service.refusals.push({ status: 400, body });
  draft.updateSession({ projectData: { projectName: "Depot 2", budget: 1e300 } });
  await pass(1_200);
  expect(now()).toMatchObject({ saveState: "unsaved", error: { fields: errors } });
  expect(service.data()).toMatchObject({ projectName: "Depot 2" });
  draft.updateSession({ projectData: { budget: 5 } });
  expect(now().error).toBeNull();
  await pass(1_200);
  expect(service.data()).toMatchObject({ budget: 5 });
});

test("a save that nobody may make says so, and is not repeated", async () => {
  const { draft, now } = await openSaved();
  service.refusals.push({ status: 403, body: { error: "Forbidden", code: "FORBIDDEN" } });
  draft.updateSession(typed("Depot 2"));
  await pass(9_000);
  expect(now()).toMatchObject({ saveState: "unsaved", error: { status: 403 } });
  expect(service.calls).toHaveLength(1);
  expect(await Promise.all([draft.save(), pass()])).toEqual([true, undefined]);
});

test.for([401, 403])("a refusal with %s stays while somebody types, until a save succeeds", async (status) => {
  const { draft, now } = await openSaved();
  const refuse = () => service.refusals.push({ status, body: {} }, { status, body: {} });
  refuse();
  draft.updateSession(typed("Depot 2"));
  await pass(1_200);
  expect(now()).toMatchObject({ saveState: "unsaved", error: { status } });
  draft.updateSession(typed("Depot 3"));
  expect(now()).toMatchObject({ error: { status } });
  service.refusals.length = 0;
  expect(await Promise.all([draft.save(), pass(100)])).toEqual([true, undefined]);
  expect(now()).toMatchObject({ saveState: "saved", error: null });
});

test("a page that is hidden saves, in a way that outlives it", async () => {
  const { draft } = await openSaved();
  const fetched = vi.spyOn(service, "fetch");
  vi.stubGlobal("fetch", service.fetch);
  draft.updateSession(typed("Depot 2"));
  const hidden = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  await pass(50);
  expect(fetched).toHaveBeenCalledOnce();
  await pass(60_000);
  expect(fetched).toHaveBeenCalledOnce();
  hidden.mockRestore();
  expect(fetched.mock.calls[0]?.[1]).toMatchObject({ method: "PUT", keepalive: true });
});

test("whoever leaves saves, and leaves nothing running", async () => {
  const { draft, close } = await openSaved();
  draft.updateSession(typed("Depot 2"));
  close();
  await pass(50);
  expect(service.data()).toMatchObject({ projectName: "Depot 2" });
  expect(vi.getTimerCount()).toBe(0);
  const seen = service.reads;
  dispatchEvent(new Event("online"));
  document.dispatchEvent(new Event("visibilitychange"));
  await pass(60_000);
  expect(service.reads).toBe(seen);
});

test("a step is checked with what is typed, saved or not", async () => {
  const { draft, now } = await openSaved();
  draft.updateSession({ projectData: { projectName: "" } });
  const [validation] = await Promise.all([draft.validate(1), pass(100)]);
  expect(validation).toMatchObject({ valid: false, errors: ["Project name is required"] });
  expect(now().error).toBeNull();
});

test("what cannot be stored keeps nothing else of a step from being checked", async () => {
  const { draft, now } = await openSaved();
  const errors = { budget: "budget must be a number" };
  service.refusals.push({ status: 400, body: { code: "VALIDATION_FAILED", details: { errors } } });
  draft.updateSession({ projectData: { projectName: "", budget: "5a" as unknown as number } });
  const [validation] = await Promise.all([draft.validate(1), pass(100)]);
  expect(validation).toMatchObject({ valid: false, errors: ["Project name is required"] });
  expect(now()).toMatchObject({ error: { fields: errors }, projectData: { budget: "5a" } });
});

test("a tab that is opened in the background asks once", async () => {
  await openSaved();
  const hidden = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  service.reads = 0;
  await open();
  await pass(60_000);
  hidden.mockRestore();
  expect(service.reads).toBe(1);
});

test("while a token cannot be had, the text is kept, and saved once it can", async () => {
  let canSignIn = true;
  const token = async () => {
    if (!canSignIn) throw new Error("the sign-in page is away");
    return "token";
  };
  const { storage } = browser.client();
  const draft = new ProjectDraft(createDraftClient({ url: "http://drafts.test", token, storage }));
  const close = draft.subscribe(() => undefined);
  await pass();
  canSignIn = false;
  draft.updateSession(typed("Depot"));
  await pass(5_000);
  expect(await Promise.all([draft.validate(1), pass()])).toEqual([null, undefined]);
  expect(draft.getSnapshot().saveState).not.toBe("saved");
  canSignIn = true;
  await pass(40_000);
  expect(draft.getSnapshot().saveState).toBe("saved");
  expect(service.data()).toEqual({ projectName: "Depot" });
  close();
});

test("another session is loaded only once everything of this one is saved", async () => {
  const { draft, now } = await openSaved();
  const other = { data: { projectName: "Other" }, currentStep: 1, completedSteps: [], version: 1 };
  service.sessions.set("other", other);
  draft.updateSession(typed("Depot 2"));
  service.isDown = true;
  const load = () => Promise.all([draft.loadSession("other"), pass(200)]);
  expect((await load())[0]).toBe("session-1");
  expect(now()).toMatchObject({ projectData: { projectName: "Depot 2" }, error: { code: "unreachable" } });

  service.isDown = false;
  service.edit("session-1", { projectName: "Theirs" });
  expect((await load())[0]).toBe("session-1");
  expect(now()).toMatchObject({ error: { code: "undecided" }, conflicts: [{ mine: "Depot 2" }] });

  draft.takeTheirs("projectName");
  draft.updateSession(typed("Depot 3"));
  service.becomeProject("session-1");
  expect((await load())[0]).toBeNull();
  expect(now().lateChanges).toEqual({ projectName: "Depot 3" });

  draft.updateSession({ projectData: now().lateChanges ?? {} });
  expect((await load())[0]).toBe("other");
  expect(now()).toMatchObject({ projectData: { projectName: "Other" }, error: null });
  expect(service.data("session-3")).toEqual({ projectName: "Depot 3" });
});
