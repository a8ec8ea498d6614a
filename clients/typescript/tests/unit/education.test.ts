import { describe, expect, test, vi } from "vitest";
import { EducationRegistration } from "../../src/drafts/index.js";
import { EDUCATION, fakeEducation, gone, RECORD } from "./fake-education.js";
import { pass } from "./support.js";

const ACCOUNT = "account-1";
const CREATE = "POST /create/1";

async function begun() {
  const { service, client } = fakeEducation();
  const registration = new EducationRegistration(client);
  const leave = registration.subscribe(() => undefined);
  await registration.stage({ educationData: EDUCATION });
  return { service, registration, leave };
}

async function linked() {
  const all = await begun();
  for (const step of ["validate", "determineCategory", "linkAccount"] as const) {
    await all.registration[step]();
  }
  return all;
}

test("what the service says is next leads from the data to the completed workflow", async () => {
  const { service, client } = fakeEducation();
  const registration = new EducationRegistration(client);
  const step = { educationData: EDUCATION, accountId: ACCOUNT };
  const actions: unknown[] = [];
  for (;;) {
    const { nextAction } = registration.getSnapshot();
    actions.push(nextAction);
    if (nextAction === null) break;
    await registration.doNext(step);
  }
  expect(actions).toEqual([
    "stage_data",
    "validate_education",
    "determine_category",
    "link_account",
    "create_record",
    "complete_workflow",
    null,
  ]);
  expect(registration.getSnapshot()).toMatchObject({ record: RECORD, error: null });
  expect(service.count("POST /stage")).toBe(1);
});

test("data that breaks a rule is changed, and not staged again", async () => {
  const { service, registration } = await begun();
  const fields = { country: "Choose Canada" };
  const broken = { ...service.session, nextAction: "stage_data", errors: ["Choose Canada"], fields };
  service.answer("GET /session/1", [200, broken]);
  await registration.update({ country: 2 });
  expect(registration.getSnapshot()).toMatchObject({ fields, nextAction: "stage_data" });
  await registration.doNext({ educationData: EDUCATION });
  expect(registration.getSnapshot()).toMatchObject({ fields: {}, nextAction: "validate_education" });
  expect(service.requests).toContain("PATCH /session/1");
  expect(service.count("POST /stage")).toBe(1);
});

describe("a creation", () => {
  test("that is asked for twice at once is made once", async () => {
    const { service, registration } = await linked();
    const records = await Promise.all([registration.create(), registration.create()]);
    expect(records).toEqual([RECORD, RECORD]);
    expect(service.count(CREATE)).toBe(1);
  });

  test("whose answer is lost is asked for again, and is no failure", async () => {
    const { service, registration } = await linked();
    service.answer(CREATE, "lost", [503, { message: "Unavailable" }]);
    const creating = registration.create();
    await pass();
    expect(registration.getSnapshot()).toMatchObject({ isWaiting: true, error: null });
    await pass(5_000);
    expect(await creating).toEqual(RECORD);
    expect(registration.getSnapshot()).toMatchObject({ isWaiting: false, loading: false });
  });

  test("whose answer comes after its session has ended is found by its member", async () => {
    const { service, registration } = await linked();
    service.answer(CREATE, "lost", gone());
    const creating = registration.create();
    await pass();
    service.session = null;
    await pass(5_000);
    expect(await creating).toEqual(RECORD);
    expect(registration.getSnapshot()).toMatchObject({ error: null, nextAction: null });
  });

  test("that waited for its own first attempt is asked for again", async () => {
    const { service, registration } = await linked();
    const busy = { step: "create", nextAction: "create_record", message: "Another call creates it" };
    service.answer(CREATE, "unreachable", [409, busy]);
    const creating = registration.create();
    await pass(5_000);
    expect(await creating).toEqual(RECORD);
  });

  test("without an answer for two minutes ends with the error", async () => {
    const { service, registration } = await linked();
    service.answer(CREATE, ...Array<"unreachable">(100).fill("unreachable"));
    const creating = registration.create();
    await pass(130_000);
    expect(await creating).toBeNull();
    expect(registration.getSnapshot().error).toMatchObject({ code: "unreachable" });
  });

  test("that is refused says what is wrong, and where the session is now", async () => {
    const { service, registration } = await linked();
    const fields = { userBusinessId: "It exists" };
    const said = { errors: ["It exists"], fields, recoverySuggestions: ["Look for it"] };
    service.answer(CREATE, [409, { ...said, message: "Conflict" }]);
    service.answer("GET /session/1", [200, { ...service.session, status: "creation_failed" }]);
    expect(await registration.create()).toBeNull();
    expect(registration.getSnapshot()).toMatchObject({
      ...said,
      error: { status: 409 },
      session: { status: "creation_failed" },
      nextAction: "create_record",
    });
  });

  test("that gave up can be tried again", async () => {
    const { service, registration } = await linked();
    const failed = { ...service.session, success: false, errors: ["It gave up"] };
    service.answer(CREATE, [200, failed]);
    service.answer("GET /session/1", [200, failed]);
    expect(await registration.create()).toBeNull();
    expect(registration.getSnapshot()).toMatchObject({
      errors: ["It gave up"],
      nextAction: "create_record",
    });
    expect(await registration.create()).toEqual(RECORD);
  });
});

test("a session that is over is not an error once its record exists", async () => {
  const { service, registration } = await linked();
  await registration.create();
  service.session = null;
  expect(await registration.executeWorkflow()).toBeNull();
  expect(registration.getSnapshot()).toMatchObject({ record: RECORD, error: null, nextAction: null });
});

test("a session that is over is staged again with what was typed", async () => {
  const { service, registration } = await begun();
  service.session = null;
  expect(await registration.validate()).toBeNull();
  expect(registration.getSnapshot()).toMatchObject({
    session: null,
    error: { status: 404 },
    recoverySuggestions: ["Stage"],
    nextAction: "stage_data",
  });
  await registration.doNext({ educationData: EDUCATION });
  expect(registration.getSnapshot()).toMatchObject({ error: null, session: { status: "staged" } });
});

test("a step that another tab has taken is not taken again, and the session shows it", async () => {
  const { service, registration } = await begun();
  const elsewhere = { ...service.session, status: "account_linked", nextAction: "create_record" };
  service.answer("POST /validate/1", [409, { message: "Not allowed", nextAction: "create_record" }]);
  service.answer("GET /session/1", [200, elsewhere]);
  await registration.validate();
  expect(registration.getSnapshot()).toMatchObject({
    nextAction: "create_record",
    session: { status: "account_linked" },
  });
});

test("the refusal of a step says what is next, even if the session cannot be read", async () => {
  const { service, registration } = await begun();
  service.answer("POST /validate/1", [409, { message: "Not allowed", nextAction: "link_account" }]);
  service.answer("GET /session/1", "unreachable");
  await registration.validate();
  expect(registration.getSnapshot()).toMatchObject({
    error: { status: 409 },
    nextAction: "link_account",
  });
});

describe("a stage", () => {
  function staging() {
    const { service, client } = fakeEducation();
    const registration = new EducationRegistration(client);
    const educationData = { ...EDUCATION, cotoStatus: 4, cotoRegistration: " ab12 " } as const;
    const stage = () => registration.stage({ educationData });
    return { service, registration, input: { educationData }, stage };
  }

  test("whose answer is lost goes on with the session that it made", async () => {
    const { service, registration, stage } = staging();
    service.answer("POST /stage", "lost");
    const staged = stage();
    await pass();
    expect(registration.getSnapshot()).toMatchObject({ isWaiting: true, error: null });
    await pass(5_000);
    expect(await staged).toMatchObject({ sessionId: "1", status: "staged" });
    expect(registration.getSnapshot()).toMatchObject({ error: null, session: { sessionId: "1" } });
    expect(service.count("POST /stage")).toBe(1);
  });

  test("that never arrived is sent when the network is back, and makes one session", async () => {
    const { service, registration, stage } = staging();
    service.answer("POST /stage", "unreachable");
    service.answer("GET /sessions", ...Array<"unreachable">(20).fill("unreachable"));
    const staged = stage();
    await pass(60_000);
    expect(await staged).toMatchObject({ sessionId: "1" });
    expect(registration.getSnapshot().error).toBeNull();
    expect(service.count("POST /stage")).toBe(2);
  });

  test("that was given up is looked for before it is sent once more", async () => {
    const { service, registration, stage } = staging();
    service.answer("POST /stage", "lost");
    service.answer("GET /sessions", ...Array<"unreachable">(100).fill("unreachable"));
    const given = stage();
    await pass(300_000);
    expect(await given).toBeNull();
    expect(registration.getSnapshot().error).toMatchObject({ code: "unreachable" });
    service.answer("GET /sessions");
    expect(await stage()).toMatchObject({ sessionId: "1" });
    expect(service.count("POST /stage")).toBe(1);
  });

  test("leaves alone what the member's other sessions hold", async () => {
    const { service, stage } = staging();
    const others = { ...EDUCATION, country: 2, graduationYear: 52 };
    service.session = { sessionId: "other", status: "staged", data: others };
    service.answer("POST /stage", "unreachable");
    const staged = stage();
    await pass(5_000);
    expect(await staged).toMatchObject({ sessionId: "1" });
    expect(service.requests).not.toContain("PATCH /session/other");
  });

  test("that a page sent before it was loaded again is looked for first", async () => {
    const { service, input, stage } = staging();
    await stage();
    const reloaded = new EducationRegistration(fakeEducation().client);
    vi.stubGlobal("fetch", service.fetch);
    const staged = await reloaded.stage(input, { isRepeated: true });
    expect(staged).toMatchObject({ sessionId: "1" });
    expect(service.count("POST /stage")).toBe(1);
  });
});

test("a session that cannot be read for now is read again, and not staged again", async () => {
  const { service } = await begun();
  const { client } = fakeEducation();
  vi.stubGlobal("fetch", service.fetch);
  const registration = new EducationRegistration(client);
  service.answer("GET /session/1", ...Array<"unreachable">(100).fill("unreachable"));
  const resuming = registration.resume("1");
  await pass(130_000);
  expect(await resuming).toBeNull();
  expect(registration.getSnapshot()).toMatchObject({ sessionId: "1", session: null });
  service.answer("GET /session/1");
  await registration.doNext({ educationData: EDUCATION });
  expect(registration.getSnapshot()).toMatchObject({ error: null, session: { sessionId: "1" } });
  expect(service.count("POST /stage")).toBe(1);
  expect(service.requests).not.toContain("PATCH /session/1");
});

test("sessions are listed, resumed and cancelled", async () => {
  const { service, registration } = await begun();
  const another = new EducationRegistration(fakeEducation().client);
  vi.stubGlobal("fetch", service.fetch);
  expect(await another.list("osot-1")).toMatchObject([{ sessionId: "1" }]);
  expect(await another.resume("1")).toMatchObject({ status: "staged" });
  service.answer("DELETE /session/1", "lost");
  const cancelling = another.cancel();
  await pass(5_000);
  expect(await cancelling).toBe("1");
  expect(another.getSnapshot()).toMatchObject({ session: null, error: null, nextAction: "stage_data" });
  expect(await registration.resume("1")).toBeNull();
});
