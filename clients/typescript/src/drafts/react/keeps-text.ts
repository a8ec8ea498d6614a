"use client";

import { useSyncExternalStore } from "react";
import { useDraftClient } from "./provider.js";

/** A server that renders the page knows nothing of the browser: the browser says so at once. */
const keepsOnServer = () => true;

/** Whether the browser keeps what is typed, now: while it does not, ask before the page is left. */
export function useKeepsText(): boolean {
  const client = useDraftClient();
  return useSyncExternalStore(client.onKeepsText, () => client.keepsText, keepsOnServer);
}
