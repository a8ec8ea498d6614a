import { QueryClient, queryOptions } from "@tanstack/react-query";
import { DraftError } from "assembly-service-client/drafts";
import { serviceUrl } from "../../site/address";
import { onPersonChange } from "../../site/token";

/** What is read for the pages of drafts. A failure that may pass is tried again twice. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always",
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof DraftError) || error.isTransient),
    },
    mutations: { networkMode: "always" },
  },
});
// The next person may not read what this one could, nor go on looking at it.
onPersonChange(() => {
  for (const query of queryClient.getQueryCache().getAll()) query.reset();
  queryClient.clear();
});

/** What is used of the service's description of itself. */
export interface OpenApiDocument extends Described {
  readonly paths: Readonly<Record<string, { readonly post?: { readonly security?: readonly object[] } }>>;
}

export interface Described {
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export interface JsonSchema {
  readonly $ref?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly (string | number)[];
  readonly "x-enum-varnames"?: readonly string[];
  readonly "x-enum-descriptions"?: readonly string[];
  readonly "x-decimals"?: number;
  readonly "x-group"?: string;
  readonly "x-when-committed"?: JsonSchema;
  readonly "x-match-mode"?: "any" | "all";
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly maxItems?: number;
}

/** Read once: it changes only with the service. Without it no form can be shown, so it is awaited. */
export const documentOptions = queryOptions({
  queryKey: ["openapi"],
  queryFn: async ({ signal }): Promise<OpenApiDocument> => {
    const answer = await fetch(serviceUrl("/api/openapi.json"), { signal });
    if (!answer.ok) throw new Error(`The service answered with status ${answer.status}.`);
    return (await answer.json()) as OpenApiDocument;
  },
  retry: true,
  staleTime: Infinity,
  gcTime: Infinity,
});
