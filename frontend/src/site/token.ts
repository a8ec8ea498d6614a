import { isLocalMode } from "../../site/address";
import { request } from "./request";

const KEY = "assembly-service.token";
let local: Promise<string> | null = null;

/** The token for actions: the one that was typed in this tab, else one of the local mode. */
export async function token(): Promise<string | null> {
  const typed = sessionStorage.getItem(KEY);
  if (typed !== null || !isLocalMode) return typed;
  local ??= request<{ token: string }>("/local/token", { method: "POST" }).then((it) => it.token);
  try {
    return await local;
  } catch {
    local = null;
    return null;
  }
}

/** Keeps a token until the tab is closed. */
export function keepToken(typed: string): void {
  sessionStorage.setItem(KEY, typed.trim().replace(/^Bearer\s+/i, ""));
}

/** Lets the next call get a new token of the local mode: they last an hour. */
export function forgetLocalToken(): void {
  local = null;
}
