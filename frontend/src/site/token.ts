import { isLocalMode, serviceUrl } from "./address";
import { personOf } from "./person";

const KEY = "assembly-service.token";
const listeners = new Set<() => void>();
let known: { readonly token: string | null; readonly person: string | null } | null = null;
/** Who was at work when that was looked at last. */
let worker = person();
let local: Promise<string | null> | null = null;

/** The token for calls: the one that was typed in this tab, else one of the local mode. */
export async function token(): Promise<string | null> {
  isSamePerson();
  const typed = sessionStorage.getItem(KEY);
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
  return isLocalMode || sessionStorage.getItem(KEY) !== null;
}

/** What was typed or pasted as a token. */
export function asToken(typed: string): string {
  return typed.trim().replace(/^Bearer\s+/i, "");
}

/** Keeps a token until the tab is closed. Returns whether the same person goes on with it. */
export function keepToken(token: string): boolean {
  sessionStorage.setItem(KEY, token);
  return isSamePerson();
}

/**
 * Who works in this tab; null for nobody in particular, as without a token and with that of the local
 * mode.
 */
export function person(): string | null {
  const token = sessionStorage.getItem(KEY);
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
    const answer = await fetch(serviceUrl("/local/token"), { method: "POST" });
    return answer.ok ? ((await answer.json()) as { token: string }).token : null;
  } catch {
    return null;
  }
}
