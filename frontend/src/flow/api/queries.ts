import { QueryClient, queryOptions } from "@tanstack/react-query";
import type { Filters } from "../filters";
import { readDeadLetters, readFlow, readTrace } from "./calls";
import { EVERY_MS, pauseAfter } from "./pauses";
import type { Flow } from "./types";

const READINGS_KEPT = 180;
const WATCH_MS = 5_000;
const LATEST_MS = 2_000;

/** Asks while the tab is visible, with a network or without: the service may be on this machine. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { networkMode: "always", retry: false },
    mutations: { networkMode: "always" },
  },
});

/** The readings of the last minutes, oldest first. After an error the pauses get longer. */
export const flowOptions = queryOptions({
  queryKey: ["flow"],
  queryFn: async ({ signal, client }): Promise<Flow[]> => {
    const reading = await readFlow(signal);
    const before = client.getQueryData<Flow[]>(["flow"]) ?? [];
    return [...before.slice(1 - READINGS_KEPT), reading];
  },
  refetchInterval: EVERY_MS,
  retry: true,
  retryDelay: pauseAfter,
  structuralSharing: false,
});

/** The products that were announced last; while they cannot be read, those of before. */
export const latestProductsOptions = queryOptions({
  queryKey: ["latest-products"],
  queryFn: async ({ signal }) => {
    const { latestProducts, timestamp } = await readFlow(signal);
    return { latestProducts, timestamp };
  },
  refetchInterval: LATEST_MS,
});

/** Reading dead letters hides them from others for a moment, so nobody does it by a clock. */
export function deadLettersOptions(filters: Filters) {
  return queryOptions({
    queryKey: ["dead-letters", filters],
    queryFn: ({ signal }) => readDeadLetters(filters, signal),
    refetchOnWindowFocus: false,
    staleTime: 30_000,
  });
}

/** A video that is still on its way is looked at again and again, unless `isPaused`. */
export function traceOptions(seller: string, video: string, isPaused: boolean) {
  return queryOptions({
    queryKey: ["trace", seller, video],
    queryFn: ({ signal }) => readTrace(seller, video, signal),
    refetchInterval: isPaused ? false : WATCH_MS,
    refetchOnWindowFocus: !isPaused,
  });
}
