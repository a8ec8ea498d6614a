import { UNSENDABLE_TOKEN } from "../errors.js";

export interface DraftErrorFields {
  readonly status: number | null;
  readonly code: string;
  readonly message: string;
  readonly errors?: readonly string[];
  readonly fields?: Readonly<Record<string, string>>;
  readonly retryAfter?: number | undefined;
  readonly body?: unknown;
}

/** Why a call of a draft system failed. */
export class DraftError extends Error {
  override readonly name = "DraftError";
  /** The status of the answer; null if there was none. */
  readonly status: number | null;
  /** A word for programs: the service's own, `http_` and the status, or `unreachable`. */
  readonly code: string;
  /** One sentence for every mistake in what was sent. */
  readonly errors: readonly string[];
  /** What is wrong with each field, by the name that the service gives it. */
  readonly fields: Readonly<Record<string, string>>;
  /** In seconds. */
  readonly retryAfter: number | undefined;
  /** The answer as it came, for what only one system says. */
  readonly body: unknown;

  constructor({ status, code, message, errors, fields, retryAfter, body }: DraftErrorFields) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors ?? [];
    this.fields = fields ?? {};
    this.retryAfter = retryAfter;
    this.body = body;
  }

  /** Whether the same call may succeed later. */
  get isTransient(): boolean {
    return this.status === null || this.status >= 500 || [408, 429].includes(this.status);
  }
}

/** The form of a refusal in any of the systems. */
interface Refusal {
  readonly message?: string;
  readonly error?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly string[];
  readonly fields?: Readonly<Record<string, string>>;
  readonly details?: { readonly errors?: Readonly<Record<string, string>> };
}

export function noAnswer(message = "The service cannot be reached."): DraftError {
  return new DraftError({ status: null, code: "unreachable", message });
}

/** The token could not be got. */
export function noToken(cause: unknown): DraftError {
  const { message } = asDraftError(cause);
  return new DraftError({
    status: null,
    code: "no_token",
    message: `There is no access token: ${message}`,
  });
}

/** A token that cannot be sent, in the words of the service about any other malformed one. */
export function unsendableToken(): DraftError {
  return new DraftError({
    status: 401,
    code: "unsendable_token",
    message: UNSENDABLE_TOKEN,
  });
}

/** Whether a call was cancelled by its own signal. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** Whatever a call failed with, as a DraftError: even that no token could be obtained. */
export function asDraftError(error: unknown): DraftError {
  if (error instanceof DraftError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DraftError({ status: null, code: "unexpected", message });
}

export async function refusalOf(response: Response): Promise<DraftError> {
  const body: unknown = await response.json().catch(() => null);
  const said: Refusal = typeof body === "object" && body !== null ? body : {};
  const fields = said.fields ?? said.details?.errors ?? {};
  const retryAfter = Number(response.headers.get("Retry-After"));
  return new DraftError({
    status: response.status,
    code: said.code ?? `http_${response.status}`,
    message:
      said.message ??
      said.error ??
      said.detail ??
      `The service answered with status ${response.status}.`,
    errors: said.errors ?? Object.values(fields),
    fields,
    retryAfter: retryAfter > 0 ? retryAfter : undefined,
    body,
  });
}
