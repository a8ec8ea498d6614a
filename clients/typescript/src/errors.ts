export interface ShopErrorFields {
  readonly code: string;
  readonly message: string;
  readonly isFinal: boolean;
  /** In seconds. */
  readonly retryAfter?: number | undefined;
}

/** Why something failed. */
export class ShopError extends Error {
  override readonly name = "ShopError";
  /** A word for programs: the service's own, `http_` and the status, or `unreachable`. */
  readonly code: string;
  /** Whether the same request would be refused again. */
  readonly isFinal: boolean;
  readonly retryAfter: number | undefined;

  constructor({ code, message, isFinal, retryAfter }: ShopErrorFields) {
    super(message);
    this.code = code;
    this.isFinal = isFinal;
    this.retryAfter = retryAfter;
  }
}

export function unreachable(message = "The service cannot be reached."): ShopError {
  return new ShopError({ code: "unreachable", message, isFinal: false });
}

/** `token` failed. It is asked again, as the service is that cannot be reached. */
export function noToken(): ShopError {
  const message = "There is no access token: the app could not get one.";
  return new ShopError({ code: "no_token", message, isFinal: false });
}

export const UNSENDABLE_TOKEN =
  "The access token has a character that no token has: copy it once more.";

export function unsendableToken(): ShopError {
  return new ShopError({ code: "unsendable_token", message: UNSENDABLE_TOKEN, isFinal: true });
}

export function asShopError(error: unknown): ShopError {
  return error instanceof ShopError ? error : unreachable();
}
