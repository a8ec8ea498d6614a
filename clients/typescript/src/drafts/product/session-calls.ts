import type { DraftClient } from "../client.js";
import type { AudienceTargetInput, ProductInput } from "./calls.js";
import type { CommitResult, ProductProgress, ProductSession } from "./state.js";

/** A draft as a step answers it. */
type Answered = Omit<ProductSession, "errors" | "fields">;

/** What a step puts into a draft: one of both. */
export interface ProductStep {
  readonly product?: ProductInput;
  readonly audienceTarget?: AudienceTargetInput;
}

const SESSIONS = "/private/products/orchestrate/session";

export async function createSession(client: DraftClient): Promise<ProductSession> {
  const { body } = await client.call<Answered>("POST", `${SESSIONS}/create`, { body: {} });
  return { ...body, errors: [], fields: {} };
}

export async function readSession(client: DraftClient, sessionId: string): Promise<ProductSession> {
  return (await client.call<ProductSession>("GET", pathOf(sessionId))).body;
}

/** The draft after a step. */
export async function putIntoSession(
  client: DraftClient,
  session: ProductSession,
  { product, audienceTarget }: ProductStep,
): Promise<ProductSession> {
  const part = product ? "product" : "audience-target";
  const path = `${pathOf(session.sessionId)}/${part}`;
  const { body } = await client.call<Answered>("POST", path, { body: product ?? audienceTarget });
  return { ...session, ...body, errors: [], fields: {} };
}

export async function readProgress(
  client: DraftClient,
  { sessionId }: ProductSession,
  signal?: AbortSignal,
): Promise<ProductProgress> {
  const path = `${pathOf(sessionId)}/progress`;
  return (await client.call<ProductProgress>("GET", path, { signal })).body;
}

export async function commitSession(
  client: DraftClient,
  { sessionId }: ProductSession,
  signal?: AbortSignal,
): Promise<CommitResult> {
  const path = `${pathOf(sessionId)}/commit`;
  return (await client.call<CommitResult>("POST", path, { body: {}, signal })).body;
}

function pathOf(sessionId: string): string {
  return `${SESSIONS}/${encodeURIComponent(sessionId)}`;
}
