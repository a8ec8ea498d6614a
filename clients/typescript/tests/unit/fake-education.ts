// A session of education registration in memory: as much of the service as the client's tests need.
import { vi } from "vitest";
import {
  createDraftClient,
  type DraftClient,
  type EducationAction,
  type EducationInput,
} from "../../src/drafts/index.js";

type Body = Record<string, unknown>;
type Answer = readonly [status: number, body: Body];

const STEPS: Record<string, [status: string, next: EducationAction]> = {
  stage: ["staged", "validate_education"],
  session: ["staged", "validate_education"],
  validate: ["validated", "determine_category"],
  "determine-category": ["category_determined", "link_account"],
  "link-account": ["account_linked", "create_record"],
  create: ["education_created", "complete_workflow"],
  "execute-workflow": ["workflow_completed", "complete_workflow"],
};
export const RECORD = { recordId: "record-1", userBusinessId: "osot-1" };
export const EDUCATION = {
  userBusinessId: "osot-1",
  cotoStatus: 1,
  degreeType: 3,
  university: 5,
  graduationYear: 2028,
  country: 1,
} as const;

export class FakeEducation {
  /** What came in, as `POST /stage`. */
  readonly requests: string[] = [];
  /** Answers in place of the service's, by request; `lost` is none although the service acted. */
  readonly special = new Map<string, (Answer | "lost" | "unreachable")[]>();
  session: Body | null = null;
  record: Body | null = null;
  #staged = 0;

  readonly fetch = async (input: string, init: RequestInit): Promise<Response> => {
    const { pathname } = new URL(input);
    const request = `${init.method} ${pathname.replace("/ot-education/orchestrator", "")}`;
    this.requests.push(request);
    const special = this.special.get(request)?.shift();
    if (special === "unreachable") throw new TypeError("fetch failed");
    const [status, body] =
      special === undefined || special === "lost" ? this.#answer(request, init.body) : special;
    if (special === "lost") throw new TypeError("fetch failed");
    return Response.json(body, { status });
  };

  /** Answer a request so, once each. */
  answer(request: string, ...answers: (Answer | "lost" | "unreachable")[]): void {
    this.special.set(request, answers);
  }

  count(request: string): number {
    return this.requests.filter((each) => each === request).length;
  }

  #answer(request: string, body: unknown): Answer {
    const [, method, step = ""] = /^(\S+) \/([^/]+)/.exec(request) ?? [];
    if (step === "sessions") return [200, { sessions: this.session ? [this.session] : [] }];
    if (step === "records") return this.record ? [200, { educationRecord: RECORD }] : gone();
    if (step !== "stage" && this.session === null) return gone();
    if (method === "GET") return [200, this.session ?? {}];
    if (method === "DELETE") {
      this.session = null;
      return [200, { cancelled: true }];
    }
    const [status, nextAction] = STEPS[step] ?? [];
    const { accountId, educationData } = JSON.parse(String(body ?? "{}")) as Body;
    if (step === "stage") {
      this.#staged += 1;
      const sessionId = String(this.#staged);
      this.session = { sessionId, data: stored(educationData as EducationInput) };
    }
    const known = { errors: [], fields: {}, warnings: [], ...this.session };
    this.session = { ...known, userBusinessId: "osot-1", status, nextAction };
    if (accountId) this.session["accountId"] = accountId;
    if (!["create", "execute-workflow"].includes(step)) return [200, this.session];
    this.record = RECORD;
    return [201, { ...this.session, educationRecord: RECORD }];
  }
}

/** As the service stores it. */
function stored(education: EducationInput): Body {
  const { cotoRegistration, graduationYear, accessModifier = 3 } = education;
  return {
    ...education,
    accessModifier,
    cotoRegistration: cotoRegistration?.trim().toUpperCase(),
    graduationYear: graduationYear < 1980 ? graduationYear : graduationYear - 1976,
  };
}

export function gone(): Answer {
  return [404, { code: "NOT_FOUND", message: "Resource not found.", recoverySuggestions: ["Stage"] }];
}

/** A client of a fake service that has just begun. */
export function fakeEducation(): { service: FakeEducation; client: DraftClient } {
  const service = new FakeEducation();
  vi.stubGlobal("fetch", service.fetch);
  const client = createDraftClient({ url: "http://shop.test", token: () => "token", storage: null });
  return { service, client };
}
