// The types that each generator makes of the whole document, used the way a client would use them.
import type * as heyApi from "./client";
import * as codegen from "./codegen";
import type { components, operations } from "./openapi-typescript";

type Committed =
  operations["commitProductSession"]["responses"]["200"]["content"]["application/json"];

const RENAMED = { productName: "x" };
export const changes: [
  components["schemas"]["ProductChanges"],
  codegen.ProductChanges,
  heyApi.ProductChanges,
] = [RENAMED, RENAMED, RENAMED];
export const nothing: [
  components["schemas"]["ProductChanges"],
  codegen.ProductChanges,
  heyApi.ProductChanges,
] = [{}, {}, {}];

export function openapiTypescript(result: Committed): string {
  if (result.success) {
    return result.productGuid;
  }
  return result.errors.join(": ");
}

export function heyApiOpenapiTs(result: heyApi.CommitResult): string {
  if (result.success) {
    return result.productGuid;
  }
  return result.errors.join(": ");
}

// This generator knows no types of a single boolean: the fields tell which answer it is.
export function openapiTypescriptCodegen(result: codegen.CommitResult): string {
  if ("productGuid" in result) {
    return result.productGuid;
  }
  return result.errors.join(": ");
}

export async function rename(guid: string): Promise<string> {
  const changed = await codegen.ProductCatalogueService.updateCatalogueProduct(guid, undefined, RENAMED);
  return changed.updatedAt;
}
