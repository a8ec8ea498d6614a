import { serviceUrl } from "../../site/address";

const READ_MS = 15_000;

/** A call that failed; the message is a sentence for people. */
export class CallFailure extends Error {
  /** The status of the answer; null if there was none. */
  readonly status: number | null;

  constructor(status: number | null, sentence: string) {
    super(sentence);
    this.status = status;
  }

  /** Whether the call wants a token, or another one. */
  get isRefused(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

interface Options {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  patienceMs?: number;
}

/** The JSON that a call answers. Rejects with a CallFailure. */
export async function request<Answer>(path: string, options: Options = {}): Promise<Answer> {
  const { signal, patienceMs = READ_MS, ...rest } = options;
  const patience = AbortSignal.timeout(patienceMs);
  const both = signal === undefined ? patience : AbortSignal.any([signal, patience]);
  let answer: Response;
  try {
    answer = await fetch(serviceUrl(path), { ...rest, signal: both, cache: "no-store" });
  } catch (error) {
    signal?.throwIfAborted();
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    throw new CallFailure(
      null,
      isLate ? "The answer takes too long." : "The service does not answer.",
    );
  }
  const content: unknown = await answer.json().catch(() => null);
  if (answer.ok && content !== null) return content as Answer;
  throw new CallFailure(answer.status, sentenceOf(answer.status, content));
}

function sentenceOf(status: number, content: unknown): string {
  if (typeof content === "object" && content !== null && "detail" in content) {
    if (typeof content.detail === "string") return content.detail;
  }
  if (status === 404) return "This address has no operators' calls: open the operators' port.";
  return `The service answered with status ${status}.`;
}
