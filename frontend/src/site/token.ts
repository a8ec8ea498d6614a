import { isLocalMode, serviceUrl } from "./address";

const KEY = "assembly-service.token";
let local: Promise<string | null> | null = null;

/** The token for calls: the one that was typed in this tab, else one of the local mode. */
export async function token(): Promise<string | null> {
  const typed = sessionStorage.getItem(KEY);
  if (typed !== null || !isLocalMode) return typed;
  local ??= localToken();
  const answered = await local;
  if (answered === null) local = null;
  return answered;
}

/** Whether there is a token, or one can be had without asking. */
export function hasToken(): boolean {
  return isLocalMode || sessionStorage.getItem(KEY) !== null;
}

/** Keeps a token until the tab is closed. */
export function keepToken(typed: string): void {
  sessionStorage.setItem(KEY, typed.trim().replace(/^Bearer\s+/i, ""));
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
