import { isLocalMode, serviceUrl } from "./address";
import { personOf } from "./person";

const KEY = "assembly-service.token";
/** A call that waits for a token for ever could not fail, and nobody could try it again. */
const LOCAL_TIMEOUT_MS = 10_000;
const listeners = new Set<() => void>();
let known: { readonly token: string | null; readonly person: string | null } | null = null;
/** A token that the tab could not keep: where the browser forbids its storage, or has no room in it. */
let unkept: string | null = null;
/** Who was at work when that was looked at last. */
let worker = person();
let local: Promise<string | null> | null = null;

/** The token for calls: the one that was typed in this tab, else one of the local mode. */
export async function token(): Promise<string | null> {
  isSamePerson();
  const typed = typedToken();
  if (typed !== null || !isLocalMode) return typed;
  local ??= localToken();
  const answered = await local;
  if (answered === null) local = null;
  return answered;
}

/** The token, and another one of the local mode if that was refused. */
export function freshToken({ refused }: { refused: string | null }): Promise<string | null> {
  if (refused !== null) forgetLocalToken();
  return token();
}

/** Whether there is a token, or one can be had without asking. */
export function hasToken(): boolean {
  return isLocalMode || typedToken() !== null;
}

/** What was typed or pasted as a token. */
export function asToken(typed: string): string {
  return typed.trim().replace(/^Bearer\s+/i, "");
}

/** Keeps a token until the tab is closed, if it can. Returns whether the same person goes on with it. */
export function keepToken(token: string): boolean {
  try {
    sessionStorage.setItem(KEY, token);
    unkept = null;
  } catch {
    unkept = token;
  }
  return isSamePerson();
}

/** Whether the tab keeps what is typed as a token, so that it is there after a reload. */
export function keepsToken(): boolean {
  try {
    sessionStorage.getItem(KEY);
    return unkept === null;
  } catch {
    return false;
  }
}

function typedToken(): string | null {
  if (unkept !== null) return unkept;
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/**
 * Who works in this tab; null for nobody in particular, as without a token and with that of the local
 * mode.
 */
export function person(): string | null {
  const token = typedToken();
  if (known?.token !== token) known = { token, person: personOf(token) };
  return known.person;
}

/** Whether the same person is at work as before: a site that embeds the pages may put any token there. */
function isSamePerson(): boolean {
  if (worker === person()) return true;
  worker = person();
  for (const listener of listeners) listener();
  return false;
}

/** Calls a listener when another person has signed in, until the function it returns is called. */
export function onPersonChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Lets the next call get a new token of the local mode: they last an hour. */
export function forgetLocalToken(): void {
  local = null;
}

/** Null if the service cannot be reached, or signs none. */
async function localToken(): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(LOCAL_TIMEOUT_MS);
    const answer = await fetch(serviceUrl("/local/token"), { method: "POST", signal });
    return answer.ok ? ((await answer.json()) as { token: string }).token : null;
  } catch {
    return null;
  }
}
