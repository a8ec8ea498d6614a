import { queryOptions } from "@tanstack/react-query";
import { type DraftClient, getProduct } from "assembly-service-client/drafts";

/** A product, as it was read or saved last. */
export function productOptions(client: DraftClient, guid: string) {
  return queryOptions({
    queryKey: ["product", guid],
    queryFn: ({ signal }) => getProduct(client, guid, signal),
  });
}
