/** Makes calls one after the other; the same call twice at once is made once. */
export class CallQueue {
  #last: { readonly call: string; readonly done: Promise<unknown> } | null = null;

  /**
   * `call` names the call with its arguments; `make` never rejects, null says that it achieved
   * nothing. A call that continues the one before it is not made if that one achieves nothing.
   */
  enqueue<Result>(
    call: string,
    { continues }: { continues: boolean },
    make: () => Promise<Result | null>,
  ): Promise<Result | null> {
    if (this.#last?.call === call) return this.#last.done as Promise<Result | null>;
    const done = this.#after(this.#last?.done, continues, make).finally(() => {
      if (this.#last?.done === done) this.#last = null;
    });
    this.#last = { call, done };
    return done;
  }

  async #after<Result>(
    before: Promise<unknown> | undefined,
    continues: boolean,
    make: () => Promise<Result | null>,
  ): Promise<Result | null> {
    const isIdle = before === undefined;
    return isIdle || (await before) !== null || !continues ? make() : null;
  }
}
