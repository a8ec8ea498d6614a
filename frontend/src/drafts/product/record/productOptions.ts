import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { type DraftClient, getProduct } from "assembly-service-client/drafts";
import type { Version } from "./saving";

/** A product, as it was read or saved last. */
export function productOptions(client: DraftClient, guid: string) {
  return queryOptions({
    queryKey: ["product", guid],
    queryFn: ({ signal }) => getProduct(client, guid, signal),
  });
}

/** Show a version that was just stored or read: what was asked for before may be older. */
export async function showVersion(queries: QueryClient, version: Version): Promise<void> {
  const queryKey = ["product", version.body.productGuid];
  await queries.cancelQueries({ queryKey });
  queries.setQueryData(queryKey, version);
}

/** The product as it is stored now, which is shown from then on. */
export async function readNow(
  queries: QueryClient,
  client: DraftClient,
  guid: string,
): Promise<Version> {
  const version = await getProduct(client, guid);
  await showVersion(queries, version);
  return version;
}
