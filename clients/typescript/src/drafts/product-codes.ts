import type { DraftClient } from "./client.js";
import { type CatalogueProduct, listProducts } from "./product-calls.js";
import type { ProductSession } from "./product-state.js";

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
  const stored = code.trim().toUpperCase();
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
  const [, name = "", number = "1"] = /^(.*?)(?:-([1-9]\d?))?$/.exec(taken.trim().toUpperCase()) ?? [];
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
  { product }: Pick<ProductSession, "product">,
  signal?: AbortSignal,
): Promise<CatalogueProduct | undefined> {
  if (product === undefined) return undefined;
  const made = await productWithCode(client, product.productCode, signal);
  const has: Record<string, unknown> = { ...made };
  return Object.entries(product).every(([name, value]) => has[name] === value) ? made : undefined;
}

/** Looks codes up while they are typed: a look-up cancels the one before it. */
export class CodeLookup {
  readonly #client: DraftClient;
  #latest: AbortController | null = null;

  constructor(client: DraftClient) {
    this.#client = client;
  }

  /** Null if it was cancelled, or if the service could not be asked. */
  check(code: string): Promise<CodeCheck | null> {
    return this.#look((signal) => checkCode(this.#client, code, signal));
  }

  /** Like `check`. */
  propose(taken: string): Promise<string | null> {
    return this.#look((signal) => proposeCode(this.#client, taken, signal));
  }

  cancel(): void {
    this.#latest?.abort();
  }

  async #look<Found>(look: (signal: AbortSignal) => Promise<Found>): Promise<Found | null> {
    this.cancel();
    const latest = new AbortController();
    this.#latest = latest;
    try {
      return await look(latest.signal);
    } catch {
      // The service checks the code again when the product is sent.
      return null;
    }
  }
}
