/** The `Date` of an answer has whole seconds, and is a little old when it arrives. */
const UNCERTAIN_MS = 3_000;

/** The service's time, which counts where a browser's clock is wrong. */
export class ServiceClock {
  #offset = 0;

  /** In milliseconds since 1970. Until the service has answered it is the browser's. */
  readonly now = (): number => Date.now() + this.#offset;

  /** Learn the time from an answer. */
  learn({ headers }: Response): void {
    const offset = Date.parse(headers.get("Date") ?? "") - Date.now();
    if (Math.abs(offset - this.#offset) > UNCERTAIN_MS) this.#offset = offset;
  }
}
