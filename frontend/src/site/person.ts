/** What is used of a token. The service checks it; here it only says for whom something is kept. */
interface Claims {
  readonly sub?: unknown;
  readonly userId?: unknown;
  readonly organizationGuid?: unknown;
}

/** Who has a token, in which organisation; null if it does not say. */
export function personOf(token: string | null): string | null {
  const claims = token === null ? null : claimsOf(token);
  const subject = claims?.sub ?? claims?.userId;
  // The service takes a number for its text.
  if (typeof subject !== "string" && typeof subject !== "number") return null;
  const organization = claims?.organizationGuid;
  return typeof organization === "string" ? `${subject} ${organization}` : String(subject);
}

/** Why something is no token, in a sentence; null if it may be one. */
export function tokenProblem(typed: string): string | null {
  if (typed === "") return "Give an access token.";
  return claimsOf(typed) === null ? "This is not a whole access token: copy it once more." : null;
}

/** What a JSON Web Token says; null if it is none. */
function claimsOf(token: string): Claims | null {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token) ?? [];
  if (payload === undefined) return null;
  try {
    const bytes = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
    return JSON.parse(text) as Claims;
  } catch {
    return null;
  }
}
