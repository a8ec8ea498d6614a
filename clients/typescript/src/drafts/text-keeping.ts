import { type DraftStorage, takesTexts } from "./storage.js";

/** Whether a storage has all that was typed: it may be forbidden, or fill up while somebody types. */
export class TextKeeping {
  readonly #storage: DraftStorage | null;
  /** The keys whose last text had no room. */
  readonly #unkept = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #takesNone: boolean;

  constructor(storage: DraftStorage | null) {
    this.#storage = storage;
    this.#takesNone = !takesTexts(storage);
  }

  get keepsText(): boolean {
    return !this.#takesNone && this.#unkept.size === 0;
  }

  /** Call a listener when that has changed, until the function it returns is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Learn whether the text of a key is in the storage as it is now. */
  learn(key: string, isKept: boolean): void {
    const before = this.keepsText;
    if (isKept) this.#unkept.delete(key);
    else this.#unkept.add(key);
    if (this.#takesNone && isKept) this.#takesNone = !takesTexts(this.#storage);
    if (this.keepsText === before) return;
    for (const listener of [...this.#listeners]) listener();
  }
}
