import type { components, operations } from "../../openapi.js";
import type { DraftAnswer, DraftClient } from "../client.js";

type Schemas = components["schemas"];

export type ProductInput = Schemas["ProductInput"];
export type AudienceTargetInput = Schemas["AudienceTargetInput"];
export type ProductChanges = Schemas["ProductChanges"];
export type CatalogueProduct = Schemas["CatalogueProduct"];
export type CatalogueProductList = Schemas["CatalogueProductList"];
/** Which products of the catalogue: `status`, `category`, `productCode`, and which page of them. */
export type ProductFilters = NonNullable<
  operations["listCatalogueProducts"]["parameters"]["query"]
>;

const PRODUCTS = "/private/products";

/** A page of the products of the caller's organisation, newest first. Throws DraftError. */
export async function listProducts(
  client: DraftClient,
  filters: ProductFilters = {},
  signal?: AbortSignal,
): Promise<CatalogueProductList> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const path = `${PRODUCTS}?${query}`;
  return (await client.call<CatalogueProductList>("GET", path, { signal })).body;
}

/** A product with its target; `tag` is its version. Throws DraftError. */
export function getProduct(
  client: DraftClient,
  guid: string,
  signal?: AbortSignal,
): Promise<DraftAnswer<CatalogueProduct>> {
  return client.call("GET", productPath(guid), { signal });
}

/**
 * Change some fields of a product; null takes one away. Throws DraftError: with status 412 if it is
 * no longer at the version `ifMatch`.
 */
export function updateProduct(
  client: DraftClient,
  guid: string,
  changes: ProductChanges,
  ifMatch: string | undefined,
): Promise<DraftAnswer<CatalogueProduct>> {
  return client.call("PATCH", productPath(guid), { body: changes, ifMatch });
}

/** Change some criteria of a product's target, like `updateProduct`; `[]` turns one off. */
export function updateTarget(
  client: DraftClient,
  guid: string,
  changes: AudienceTargetInput,
  ifMatch: string | undefined,
): Promise<DraftAnswer<CatalogueProduct>> {
  return client.call("PATCH", `${productPath(guid)}/target`, { body: changes, ifMatch });
}

function productPath(guid: string): string {
  return `${PRODUCTS}/${encodeURIComponent(guid)}`;
}
