// @vitest-environment happy-dom
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import { type ReactNode, StrictMode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import {
  createDraftClient,
  DraftClientProvider,
  type EducationInput,
  useEducationRegistration,
} from "../../src/drafts/index.js";
import { SERVICE_URL, tokenOf } from "./stage.js";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const AFTER_NEXT_YEAR = new Date().getFullYear() + 2;
/** The sample data has an account for each of these members. */
const [FIRST, SECOND, THIRD, FOURTH] = ["0000125", "0000126", "0000127", "0000128"] as const;

function educationOf(member: string): EducationInput {
  const common = { cotoStatus: 4, degreeType: 3, university: 5, country: 1 } as const;
  const graduationYear = AFTER_NEXT_YEAR;
  const cotoRegistration = `C${member}`;
  return { ...common, userBusinessId: `osot-${member}`, cotoRegistration, graduationYear };
}

function accountOf(member: string): string {
  return `0f8fad5b-d9cb-469f-a165-00000${member}`;
}

/** The hook as a component in StrictMode has it, and the calls that it makes. */
function registering() {
  const client = createDraftClient({ url: SERVICE_URL, token: () => tokenOf(), storage: null });
  return renderHook(() => useEducationRegistration(), {
    wrapper: ({ children }: { children: ReactNode }) => (
      <StrictMode>
        <DraftClientProvider client={client}>{children}</DraftClientProvider>
      </StrictMode>
    ),
  });
}

type Registering = ReturnType<typeof registering>["result"];

async function upTo(action: string, result: Registering, member: string): Promise<void> {
  const step = { educationData: educationOf(member), accountId: accountOf(member) };
  while (result.current.nextAction !== action) {
    await act(() => result.current.doNext(step));
    expect(result.current.error).toBeNull();
  }
}

/** The service hears the next call of this path, and its answer is lost. */
function loseAnAnswer(path: string): void {
  const send = globalThis.fetch;
  let isLost = false;
  vi.stubGlobal("fetch", async (...sent: Parameters<typeof fetch>) => {
    const answer = await send(...sent);
    if (!String(sent[0]).includes(path) || isLost) return answer;
    isLost = true;
    throw new TypeError("fetch failed");
  });
}

test("an education is registered step by step, and what is wrong is mended at its field", async () => {
  const { result } = registering();
  const educationData = educationOf(FIRST);
  await act(() => result.current.stage({ educationData: { ...educationData, country: 2 } }));
  expect(result.current).toMatchObject({
    nextAction: "stage_data",
    fields: { country: expect.stringContaining("paired with Canada") },
    session: { status: "pending" },
  });
  await act(() => result.current.update({ country: 1 }));
  await act(() => result.current.validate());
  await act(() => result.current.determineCategory());
  expect(result.current.session).toMatchObject({
    categoryRationale: expect.stringContaining(`Graduation year ${AFTER_NEXT_YEAR} is after`),
    validation: { determinedCategoryLabel: "Student" },
  });
  await act(() => result.current.executeWorkflow());
  expect(result.current).toMatchObject({
    result: { finalStatus: "category_determined", stepResults: [{ step: "link-account" }] },
    fields: { accountId: "Account ID is required" },
    record: null,
  });
  await act(() => result.current.linkAccount(accountOf(SECOND)));
  expect(result.current.fields).toEqual({
    accountId: "User Business ID does not match the account",
  });
  await act(() => result.current.linkAccount(accountOf(FIRST)));
  await act(() => result.current.create());
  expect(result.current).toMatchObject({
    nextAction: "complete_workflow",
    record: { userBusinessId: educationData.userBusinessId, educationCategoryLabel: "Student" },
  });
  await act(() => result.current.doNext());
  expect(result.current).toMatchObject({ error: null, nextAction: null });
});

test("a creation whose answer is lost makes one record, and a second session none", async () => {
  const { result } = registering();
  await upTo("create_record", result, SECOND);
  const second = registering().result;
  await upTo("create_record", second, SECOND);

  loseAnAnswer("/create/");
  act(() => void result.current.create());
  await waitFor(() => expect(result.current.isWaiting).toBe(true), { timeout: 20_000 });
  await waitFor(() => expect(result.current.record).not.toBeNull(), { timeout: 20_000 });
  expect(result.current).toMatchObject({ error: null, result: { replayed: true } });

  await act(() => second.current.create());
  expect(second.current).toMatchObject({
    record: null,
    error: { status: 409 },
    fields: { accountId: "Account already has an OT education record" },
    recoverySuggestions: [expect.stringContaining("record that exists"), expect.any(String)],
    nextAction: "create_record",
  });

  const third = registering().result;
  await act(() => third.current.stage({ educationData: educationOf(SECOND) }));
  await act(() => third.current.validate());
  expect(third.current).toMatchObject({
    error: null,
    result: { isValid: false, ruleViolations: ["V7", "V8"] },
    fields: { userBusinessId: expect.any(String), cotoRegistration: expect.any(String) },
    nextAction: "validate_education",
  });
});

test("an education is staged once, though its answer is lost", async () => {
  const { result } = registering();
  const educationData = { ...educationOf(FOURTH), cotoRegistration: ` c${FOURTH} `, notes: " a " };
  const graduationYear = AFTER_NEXT_YEAR - 1976;
  loseAnAnswer("/stage");
  const accountId = accountOf(FOURTH).toUpperCase();
  const input = { educationData: { ...educationData, graduationYear }, accountId };
  await act(() => result.current.stage(input));
  expect(result.current).toMatchObject({ error: null, session: { status: "staged" } });
  expect(await act(() => result.current.list(`osot-${FOURTH}`))).toHaveLength(1);
});

test("sessions are found again by their member, resumed and cancelled", async () => {
  const staged = registering().result;
  await upTo("determine_category", staged, THIRD);
  const { result } = registering();
  const sessions = await act(() => result.current.list(`osot-${THIRD}`));
  expect(sessions).toMatchObject([{ status: "validated" }]);
  await act(() => result.current.resume(sessions?.[0]?.sessionId ?? ""));
  expect(result.current).toMatchObject({
    nextAction: "determine_category",
    session: { data: { universityLabel: "University of Toronto" } },
  });
  await act(() => result.current.cancel());
  await act(() => staged.current.determineCategory());
  expect(staged.current).toMatchObject({
    session: null,
    error: { status: 404 },
    recoverySuggestions: ["Stage the education again", expect.any(String)],
  });
});
