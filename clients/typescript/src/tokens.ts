/** A bearer token, or null if nobody has signed in. */
export type Token = string | null;

/** Nothing else can be in a header, and `fetch` fails for it as for a lost connection. */
export function isSendable(token: Token): boolean {
  return token === null || /^[\x20-\x7e]*$/.test(token);
}

/**
 * Returns the token. `refused` is the one that the service has just refused, so that it is not
 * returned once more.
 */
export type AskForToken = (asked: { readonly refused: Token }) => Token | Promise<Token>;

/** The tokens of one person. Those who need one at once ask for it once. */
export class Tokens {
  readonly #ask: AskForToken;
  #asked: { readonly refused: Token; readonly token: Promise<Token> } | null = null;

  constructor(ask: AskForToken) {
    this.#ask = ask;
  }

  /** The token, or another one than the service has just refused. Rejects as the asked one does. */
  get(refused: Token = null): Promise<Token> {
    if (this.#asked === null || this.#asked.refused !== refused) {
      const token = (async () => this.#ask({ refused }))();
      const asked = { refused, token };
      this.#asked = asked;
      const forget = () => {
        if (this.#asked === asked) this.#asked = null;
      };
      token.then(forget, forget);
    }
    return this.#asked.token;
  }
}
