"use client";

import { createContext, createElement, type ReactElement, type ReactNode, useContext } from "react";
import type { DraftClient } from "../client.js";
import { ownKey } from "../storage.js";

const DraftClientContext = createContext<DraftClient | null>(null);

export interface DraftClientProviderProps {
  readonly client: DraftClient;
  readonly children?: ReactNode;
}

/** Gives the client to the hooks below it. For another owner everything below begins anew. */
export function DraftClientProvider(props: DraftClientProviderProps): ReactElement {
  const { client, children } = props;
  return createElement(DraftClientContext.Provider, { value: client, key: ownKey("", client.owner) }, children);
}

/** The client of the provider above. */
export function useDraftClient(): DraftClient {
  const client = useContext(DraftClientContext);
  if (client) return client;
  throw new Error("Put a <DraftClientProvider client={...}> around the components that use drafts.");
}

/** The service's time as the client of the provider knows it; without a provider the browser's. */
export function useServiceTime(): () => number {
  return useContext(DraftClientContext)?.now ?? Date.now;
}
