import { queryOptions, useQuery } from "@tanstack/react-query";
import { checkCode, type DraftClient, useDraftClient } from "assembly-service-client/drafts";

/** Nobody wants to hear of a code that is still being typed. */
const PAUSE_MS = 400;

/** Whether a code is free; asked when nothing is typed for a moment. */
export function useCodeLookup(code: string, isComplete: boolean) {
  return useQuery({ ...codeLookup(useDraftClient(), code), enabled: isComplete });
}

/** What is known of a code as it is stored. A look ends as soon as another code is typed. */
export function codeLookup(client: DraftClient, code: string) {
  return queryOptions({
    queryKey: ["product code", code],
    queryFn: async ({ signal }) => {
      await pause(PAUSE_MS, signal);
      return checkCode(client, code, signal);
    },
    refetchOnWindowFocus: false,
  });
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
