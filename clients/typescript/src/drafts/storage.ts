/** At most a day, so that what one person typed is not there for the next for long. */
const LONGEST_MS = 24 * 60 * 60 * 1000;
const PREFIX = "assembly-service.draft.";

/** What is used of `localStorage`. */
export type DraftStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The browser's local storage; null where there is none, or where it is forbidden. */
export function browserStorage(): DraftStorage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

/** The storage of this tab, which outlives reloads; null where there is none. */
export function tabStorage(): DraftStorage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

interface Kept<Value> {
  readonly savedAt: number;
  readonly value: Value;
}

/**
 * What was typed, kept in the browser for at most 24 h: until it is committed or discarded.
 *
 * A browser whose storage is full or forbidden keeps nothing; nobody is bothered with that.
 */
export class KeptDraft<Value> {
  /** Under which it is in the storage. */
  readonly key: string;
  readonly #storage: DraftStorage | null;

  constructor(storage: DraftStorage | null, key: string) {
    this.#storage = storage;
    this.key = `${PREFIX}${key}`;
  }

  read(): Value | null {
    try {
      const kept = JSON.parse(this.#storage?.getItem(this.key) ?? "null") as Kept<Value> | null;
      if (kept === null) return null;
      if (Date.now() - kept.savedAt < LONGEST_MS) return kept.value;
    } catch {
      // What cannot be read is as good as gone.
    }
    this.clear();
    return null;
  }

  write(value: Value): void {
    const kept: Kept<Value> = { savedAt: Date.now(), value };
    try {
      this.#storage?.setItem(this.key, JSON.stringify(kept));
    } catch {
      // Full: what was kept before stays.
    }
  }

  clear(): void {
    try {
      this.#storage?.removeItem(this.key);
    } catch {
      // Forbidden meanwhile.
    }
  }
}
