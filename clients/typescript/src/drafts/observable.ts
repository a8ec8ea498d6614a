import type { Store } from "../types.js";

/** Holds a snapshot, and tells its subscribers when there is another one. */
export abstract class Observable<Snapshot extends object> implements Store<Snapshot> {
  #snapshot: Snapshot;
  readonly #listeners = new Set<() => void>();

  protected constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  readonly getSnapshot = (): Snapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    // A function that is subscribed twice is two subscribers.
    const own = () => listener();
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.start();
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.stop();
    };
  };

  /** Called when the first subscriber has come. */
  protected start(): void {}

  /** Called when the last subscriber has left: nothing may go on running. */
  protected stop(): void {}

  protected change(changes: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changes };
    for (const listener of [...this.#listeners]) listener();
  }
}
