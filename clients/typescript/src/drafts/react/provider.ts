"use client";

import { createContext, createElement, type ReactElement, type ReactNode, useContext } from "react";
import type { DraftClient } from "../client.js";

const DraftClientContext = createContext<DraftClient | null>(null);

export interface DraftClientProviderProps {
  readonly client: DraftClient;
  readonly children?: ReactNode;
}

/** Gives the client to the hooks below it. */
export function DraftClientProvider(props: DraftClientProviderProps): ReactElement {
  const { client, children } = props;
  return createElement(DraftClientContext.Provider, { value: client }, children);
}

/** The client of the provider above. */
export function useDraftClient(): DraftClient {
  const client = useContext(DraftClientContext);
  if (client) return client;
  throw new Error("Put a <DraftClientProvider client={...}> around the components that use drafts.");
}
