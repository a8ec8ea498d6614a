"use client";

import { createContext, createElement, type ReactElement, type ReactNode, useContext } from "react";
import type { ShopClient } from "../client.js";

const ShopClientContext = createContext<ShopClient | null>(null);

export interface ShopClientProviderProps {
  readonly client: ShopClient;
  readonly children?: ReactNode;
}

/** Gives the client to the hooks below it. */
export function ShopClientProvider({ client, children }: ShopClientProviderProps): ReactElement {
  return createElement(ShopClientContext.Provider, { value: client }, children);
}

/** The client of the provider above. */
export function useShopClient(): ShopClient {
  const client = useContext(ShopClientContext);
  if (client) return client;
  throw new Error("Put a <ShopClientProvider client={...}> around the components that use a shop.");
}
