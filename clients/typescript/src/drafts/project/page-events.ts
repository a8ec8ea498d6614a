import { around } from "../../timing.js";

export interface PageEventHandlers {
  /** In milliseconds, more or less, while the page is visible. */
  readonly pollEvery: number;
  /** Somebody looks at the page again, or still. */
  readonly poll: () => void;
  /** The page is hidden, and may never be seen again. */
  readonly hidden: () => void;
  /** The network is back. */
  readonly online: () => void;
  /** Another tab wrote under this key of the storage; null if it cleared all. */
  readonly stored: (key: string | null) => void;
}

/** What a page is told by its browser, between `start` and `stop`. Elsewhere there is nothing. */
export class PageEvents {
  readonly #handlers: PageEventHandlers;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(handlers: PageEventHandlers) {
    this.#handlers = handlers;
  }

  start(): void {
    globalThis.addEventListener?.("storage", this.#stored);
    globalThis.addEventListener?.("online", this.#handlers.online);
    globalThis.document?.addEventListener("visibilitychange", this.#visibilityChanged);
    this.#pollLater();
  }

  stop(): void {
    clearTimeout(this.#timer);
    globalThis.removeEventListener?.("storage", this.#stored);
    globalThis.removeEventListener?.("online", this.#handlers.online);
    globalThis.document?.removeEventListener("visibilitychange", this.#visibilityChanged);
  }

  readonly #stored = ({ key }: StorageEvent): void => this.#handlers.stored(key);

  readonly #visibilityChanged = (): void => {
    clearTimeout(this.#timer);
    if (document.visibilityState === "hidden") this.#handlers.hidden();
    else this.#poll();
  };

  readonly #poll = (): void => {
    this.#handlers.poll();
    this.#pollLater();
  };

  #pollLater(): void {
    if (globalThis.document?.visibilityState === "hidden") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#poll, around(this.#handlers.pollEvery));
  }
}
