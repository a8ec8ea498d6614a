// The product drafts of the service in memory, as their contract says, for one caller.
import { vi } from "vitest";
import type { components } from "../../src/openapi.js";
import type { ProductInput } from "../../src/drafts/index.js";

type Schemas = components["schemas"];
type Session = Schemas["StoredProductSession"];
type Responder = () => Response | Promise<Response>;

export const SERVICE = "http://drafts.test/assembly";
const SESSIONS = "/private/products/orchestrate/session";
const LATENCY_MS = 10;

export const PRODUCT: ProductInput = {
  productName: "Cup",
  productCode: "CUP",
  productDescription: "A cup for hot tea.",
  productCategory: 4,
  productGlCode: 14,
  productYear: "2026",
  generalPrice: 12.5,
};

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}

export function connectionLost(): never {
  throw new TypeError("fetch failed");
}

/** An answer that comes when it is told to. */
export function held(answer: Responder): { readonly respond: Responder; readonly release: () => void } {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  return { respond: () => released.then(answer), release };
}

export class FakeDrafts {
  /** What came in, in order: `POST create`, `GET progress`, `GET CUP-2` for a code. */
  readonly requests: string[] = [];
  readonly tokens: (string | null)[] = [];
  /** How many requests have neither an answer nor been cancelled. */
  underway = 0;
  readonly sessions = new Map<string, Session>();
  readonly products: Partial<Schemas["CatalogueProduct"]>[] = [];
  /** Answers the next request of this name instead of the service. */
  readonly instead = new Map<string, Responder[]>();
  commitsFailWith: readonly string[] | null = null;

  readonly fetch = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const { pathname, searchParams } = new URL(String(url));
    const path = pathname.replace("/assembly", "");
    const [id = "", step = "read"] = path.slice(SESSIONS.length + 1).split("/");
    const isSession = path.startsWith(SESSIONS);
    const name = isSession ? (id === "create" ? id : step) : (searchParams.get("productCode") ?? path);
    this.requests.push(`${init.method} ${name}`);
    this.tokens.push(new Headers(init.headers).get("Authorization"));
    this.underway += 1;
    try {
      return await abortable(init.signal, this.#answer(name, isSession, id, step, init));
    } finally {
      this.underway -= 1;
    }
  };

  async #answer(
    name: string,
    isSession: boolean,
    id: string,
    step: string,
    init: RequestInit,
  ): Promise<Response> {
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS));
    const instead = this.instead.get(name)?.shift();
    if (instead) return instead();
    if (name.startsWith("/private/products/")) {
      return json(200, this.products.find(({ productGuid }) => name.endsWith(`/${productGuid}`)));
    }
    if (!isSession) return this.#list(name);
    if (id === "create") return json(201, this.#create());
    const session = this.sessions.get(id);
    if (!session) return json(404, { statusCode: 404, message: "Gone", sessionId: id });
    return this.#step(session, step, JSON.parse(String(init.body ?? "{}")));
  }

  once(name: string, ...responders: Responder[]): void {
    this.instead.set(name, [...(this.instead.get(name) ?? []), ...responders]);
  }

  /** A commit that is made, but whose answer is lost. */
  readonly commitUnheard = (): never => {
    this.commitAll();
    return connectionLost();
  };

  commitAll(): void {
    for (const session of this.sessions.values()) this.#commit(session);
  }

  change(changes: Partial<Session>): void {
    for (const [id, session] of this.sessions) this.sessions.set(id, { ...session, ...changes });
  }

  count(request: string): number {
    return this.requests.filter((each) => each === request).length;
  }

  #create(): Session {
    const sessionId = `draft-${this.sessions.size + 1}`;
    const at = new Date().toISOString();
    const times = { createdAt: at, updatedAt: at, expiresAt: new Date(Date.now() + 7_200_000).toISOString() };
    const session: Session = { sessionId, state: "initiated", ...times, operationId: "1", errors: [], fields: {} };
    this.sessions.set(sessionId, session);
    return session;
  }

  #step(session: Session, step: string, body: object): Response {
    if (step === "commit") return json(200, this.#commit(session));
    if (step === "read") return json(200, session);
    if (step === "progress") return json(200, progressOf(session));
    const next: Partial<Session> =
      step === "product"
        ? { product: body as Session["product"] & object, state: session.audienceTarget ? "target-configured" : "product-added" }
        : { audienceTarget: body, state: "target-configured" };
    const changed = { ...session, ...next, errors: [], fields: {} };
    this.sessions.set(session.sessionId, changed);
    return json(200, changed);
  }

  #commit({ sessionId, product }: Session): Partial<Schemas["CommitResult"]> {
    const errors = this.commitsFailWith;
    if (errors) {
      const failed = { errors: [...errors], fields: {} };
      this.change({ state: "failed", ...failed });
      return { success: false, ...failed };
    }
    const productCode = product?.productCode ?? "";
    const ids = { productGuid: "product-1", targetGuid: "target-1", productCode };
    this.products.push({ ...product, ...ids, osot_table_audience_targetid: "target-1" });
    const stored = this.sessions.get(sessionId);
    if (stored) {
      const { product: _, audienceTarget: __, ...rest } = stored;
      this.sessions.set(sessionId, { ...rest, state: "committed", ...ids });
    }
    return { success: true, ...ids };
  }

  #list(name: string): Response {
    const products = this.products.filter(
      ({ productCode }) => name.startsWith("/") || productCode === name,
    );
    return json(200, { products, pagination: { hasMore: false, lastEvaluatedKey: null } });
  }
}

export function installFakeDrafts(): FakeDrafts {
  const service = new FakeDrafts();
  vi.stubGlobal("fetch", service.fetch);
  return service;
}

function progressOf(session: Session): Schemas["ProductSessionProgress"] {
  const { sessionId, state, errors, fields, expiresAt, productGuid, targetGuid, productCode } = session;
  const committed = state === "committed";
  const productAdded = session.product !== undefined;
  const targetConfigured = session.audienceTarget !== undefined;
  return {
    ...{ sessionId, state, errors, fields, expiresAt },
    steps: { productAdded, targetConfigured, committed },
    canCommit: productAdded && !committed && state !== "committing",
    progressPercent: committed ? 100 : targetConfigured ? 75 : productAdded ? 50 : 25,
    ...(committed ? ({ productGuid, targetGuid, productCode } as Schemas["CommitSuccess"]) : {}),
  };
}

function abortable(
  signal: AbortSignal | null | undefined,
  answer: Promise<Response>,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    answer.then(resolve, reject);
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
    signal?.throwIfAborted();
  });
}
