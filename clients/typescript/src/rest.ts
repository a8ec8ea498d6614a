import { noToken, ShopError, unreachable, unsendableToken } from "./errors.js";
import { isSendable, type Token, type Tokens } from "./tokens.js";
import type { Product, ProductList } from "./types.js";

const TIMEOUT_MS = 15_000;

/** Where the service is: `prefix` is the path that a proxy strips, without a slash at its end. */
export interface Base {
  readonly origin: string;
  readonly prefix: string;
}

export interface ListRequest {
  readonly since?: string | undefined;
  readonly lastKey?: string | undefined;
  readonly limit?: number;
}

export interface TaggedPage {
  readonly page: ProductList;
  readonly tag: string | undefined;
}

/** The REST calls of shops. All of them throw ShopError. */
export class Rest {
  readonly #base: string;
  readonly #tokens: Tokens;

  constructor({ origin, prefix }: Base, tokens: Tokens) {
    this.#base = `${origin}${prefix}`;
    this.#tokens = tokens;
  }

  shopUrl(handle: string): string {
    return `${this.#base}/api/v1/shop/${encodeURIComponent(handle)}`;
  }

  async page(handle: string, request: ListRequest): Promise<ProductList> {
    return bodyOf<ProductList>(await this.#get(this.#listUrl(handle, request)));
  }

  /** The first pages, until they reach down to a video id or the list ends. */
  async pages(
    handle: string,
    { limit, downTo }: { limit: number; downTo: string },
  ): Promise<[ProductList, ...ProductList[]]> {
    const pages: [ProductList, ...ProductList[]] = [await this.page(handle, { limit })];
    for (let page = pages[0]; ; pages.push(page)) {
      const lastKey = page.pagination.lastEvaluatedKey;
      const reached = page.products.at(-1)?.video_id ?? "";
      if (lastKey === null || reached <= downTo) return pages;
      page = await this.page(handle, { limit, lastKey });
    }
  }

  /** A page; null if it still has the tag. */
  async changedPage(
    handle: string,
    request: ListRequest,
    tag: string | undefined,
  ): Promise<TaggedPage | null> {
    const headers = tag === undefined ? {} : { "If-None-Match": tag };
    const response = await this.#get(this.#listUrl(handle, request), { headers });
    if (response.status === 304) return null;
    const page = await bodyOf<ProductList>(response);
    return { page, tag: response.headers.get("ETag") ?? undefined };
  }

  /** A product; null if there is none. */
  async product(handle: string, videoId: string): Promise<Product | null> {
    const response = await this.#get(
      `${this.shopUrl(handle)}/products/${encodeURIComponent(videoId)}`,
    );
    return response.status === 404 ? null : bodyOf<Product>(response);
  }

  /** What opens the stream of a shop; null where nothing is needed. */
  async ticket(handle: string): Promise<string | null> {
    if ((await this.#token(null)) === null) return null;
    const response = await this.#get(`${this.shopUrl(handle)}/events/ticket`, { method: "POST" });
    // A service that asks for no tokens has no tickets either.
    return response.status === 404 ? null : (await bodyOf<{ ticket: string }>(response)).ticket;
  }

  #listUrl(handle: string, request: ListRequest): string {
    const query = Object.entries(request).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    return `${this.shopUrl(handle)}/products?${new URLSearchParams(query)}`;
  }

  /** A call. A refused token is asked for again, and the call is repeated once. */
  async #get(url: string, init: Init = {}): Promise<Response> {
    const token = await this.#token(null);
    let response = isSendable(token) ? await send(url, init, token) : null;
    if (response === null || response.status === 401) {
      const another = await this.#token(token);
      if (another !== token && isSendable(another)) response = await send(url, init, another);
    }
    if (response === null) throw unsendableToken();
    return response;
  }

  #token(refused: Token): Promise<Token> {
    return this.#tokens.get(refused).catch(() => {
      throw noToken();
    });
  }
}

interface Init {
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

async function send(url: string, { method, headers }: Init, token: Token): Promise<Response> {
  const authorization = token === null ? {} : { Authorization: `Bearer ${token}` };
  try {
    return await fetch(url, {
      ...(method === undefined ? {} : { method }),
      headers: { ...headers, ...authorization },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw unreachable();
  }
}

async function bodyOf<Body>(response: Response): Promise<Body> {
  if (!response.ok) throw await refusalOf(response);
  try {
    return (await response.json()) as Body;
  } catch {
    throw unreachable("The service's answer broke off.");
  }
}

async function refusalOf(response: Response): Promise<ShopError> {
  const problem: { detail?: string } = await response.json().catch(() => ({}));
  const retryAfter = Number(response.headers.get("Retry-After"));
  return new ShopError({
    code: `http_${response.status}`,
    message: problem.detail ?? `The service answered with status ${response.status}.`,
    isFinal: response.status < 500 && ![408, 429].includes(response.status),
    retryAfter: retryAfter > 0 ? retryAfter : undefined,
  });
}
