import type { ProductFilters } from "assembly-service-client/drafts";

export type Filters = Pick<ProductFilters, "status" | "category" | "productCode">;

/** The filters that an address has. What is no code of theirs is left out. */
export function filtersIn(search: URLSearchParams): Filters {
  const productCode = search.get("code")?.trim();
  return {
    ...codeIn(search, "status"),
    ...codeIn(search, "category"),
    ...(productCode ? { productCode } : {}),
  };
}

function codeIn(search: URLSearchParams, name: "status" | "category"): Filters {
  const text = search.get(name) ?? "";
  return /^\d+$/.test(text) ? ({ [name]: Number(text) } as Filters) : {};
}

/** The part of an address that has these filters, as people chose them in a form. */
export function searchOf(chosen: Readonly<Record<string, string>>): URLSearchParams {
  const given = Object.entries(chosen).filter(([, value]) => value.trim() !== "");
  return new URLSearchParams(given.map(([name, value]) => [name, value.trim()]));
}
