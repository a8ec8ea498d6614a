import type { DraftClient } from "../client.js";
import {
  type CatalogueProduct,
  getProduct,
  listProducts,
  type ProductInput,
} from "./calls.js";
import type { ProductStep } from "./session-calls.js";
import type { ProductSession } from "./state.js";

const LONGEST = 255;
const MOST_PROPOSALS = 20;

export interface CodeCheck {
  /** As the service stores it. */
  readonly code: string;
  readonly isFree: boolean;
  /** One that is free, if the code is not; null if none was found. */
  readonly proposal: string | null;
}

/** Whether no product of the organisation has a code, and else one that is free. Throws DraftError. */
export async function checkCode(
  client: DraftClient,
  code: string,
  signal?: AbortSignal,
): Promise<CodeCheck> {
  const stored = storedCode(code);
  const isFree = (await productWithCode(client, stored, signal)) === undefined;
  const proposal = isFree ? null : await proposeCode(client, stored, signal);
  return { code: stored, isFree, proposal };
}

/**
 * A free code in place of one that is taken: `CUP` becomes `CUP-2`, `CUP-2` becomes `CUP-3`. Null if
 * the next ones are taken, too. Throws DraftError.
 */
export async function proposeCode(
  client: DraftClient,
  taken: string,
  signal?: AbortSignal,
): Promise<string | null> {
  // Longer numbers are part of the name, like a year.
  const [, name = "", number = "1"] = /^(.*?)(?:-([1-9]\d?))?$/.exec(storedCode(taken)) ?? [];
  for (let next = Number(number) + 1; next <= Number(number) + MOST_PROPOSALS; next++) {
    const suffix = `-${next}`;
    const proposal = `${name.slice(0, LONGEST - suffix.length)}${suffix}`;
    if ((await productWithCode(client, proposal, signal)) === undefined) return proposal;
  }
  return null;
}

/** The organisation's product with a code, if there is one. Throws DraftError. */
export async function productWithCode(
  client: DraftClient,
  productCode: string,
  signal?: AbortSignal,
): Promise<CatalogueProduct | undefined> {
  return (await listProducts(client, { productCode, limit: 1 }, signal)).products[0];
}

/** The organisation's product that has all that a draft held, if there is one. Throws DraftError. */
export async function productMadeOf(
  client: DraftClient,
  product: ProductInput,
  signal?: AbortSignal,
): Promise<CatalogueProduct | undefined> {
  const made = await productWithCode(client, storedCode(product.productCode), signal);
  return made && hasAllOf(made, product) ? made : undefined;
}

/**
 * Whether a draft is still that of what was typed for it here: nothing was made of it elsewhere that
 * lacks any of it. Throws DraftError.
 */
export async function isStillOf(
  client: DraftClient,
  { state, product, audienceTarget, productGuid }: ProductSession,
  typed: ProductStep,
): Promise<boolean> {
  if (typed.product === undefined || (state !== "committing" && state !== "committed")) return true;
  const made = productGuid ? (await getProduct(client, productGuid)).body : { ...product, audienceTarget };
  const target: Record<string, unknown> = { ...made.audienceTarget };
  const criteria = Object.entries(typed.audienceTarget ?? {});
  return hasAllOf(made, typed.product) && criteria.every(([name, codes]) => isSameSet(codes, target[name]));
}

/** Whether a product has all that is given in another one. */
function hasAllOf(product: object, given: ProductInput): boolean {
  const has: Record<string, unknown> = { ...product };
  const wanted = { ...given, productCode: storedCode(given.productCode) };
  return Object.entries(wanted).every(([name, value]) => value === null || has[name] === value);
}

function isSameSet(one: unknown, other: unknown): boolean {
  const sorted = (codes: unknown) => (Array.isArray(codes) ? codes.map(Number).sort((a, b) => a - b) : []);
  return String(sorted(one)) === String(sorted(other));
}

function storedCode(code: string): string {
  return code.trim().toUpperCase();
}
