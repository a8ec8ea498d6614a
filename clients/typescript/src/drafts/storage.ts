/** At most a day, so that what one person typed is not there for the next for long. */
const LONGEST_MS = 24 * 60 * 60 * 1000;
const PREFIX = "assembly-service.draft.";

/** What is used of `localStorage`. One that does not list its keys keeps what nobody reads again. */
export type DraftStorage = Pick<Storage, "getItem" | "setItem" | "removeItem"> &
  Partial<Pick<Storage, "key" | "length">>;

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

/** Whether a storage takes what is written to it: it may be absent, forbidden or full. */
export function takesTexts(storage: DraftStorage | null): boolean {
  try {
    storage?.setItem(`${PREFIX}probe`, "");
    storage?.removeItem(`${PREFIX}probe`);
    return storage !== null;
  } catch {
    return false;
  }
}

interface Kept<Value> {
  /** When it was changed last. */
  readonly savedAt: number;
  readonly value: Value;
}

/** Told of each key whether its text is in the storage as it is now. */
type OnKept = (key: string, isKept: boolean) => void;

/**
 * What was typed, kept in the browser for at most 24 h: until it is committed or discarded.
 *
 * Each owner has their own. A browser whose storage is full or forbidden keeps nothing, as the
 * client's `keepsText` says.
 */
export class KeptDraft<Value> {
  /** Under which it is in the storage. */
  readonly key: string;
  readonly #storage: DraftStorage | null;
  readonly #onKept: OnKept;

  constructor(
    storage: DraftStorage | null,
    key: string,
    owner: string | null = null,
    onKept: OnKept = () => undefined,
  ) {
    this.#storage = storage;
    this.key = `${PREFIX}${ownKey(key, owner)}`;
    this.#onKept = onKept;
  }

  read(): Value | null {
    return keptIn<Value>(this.#storage, this.key)?.value ?? null;
  }

  /** When it was changed last, in milliseconds since 1970; null if nothing is kept. */
  get savedAt(): number | null {
    return keptIn<Value>(this.#storage, this.key)?.savedAt ?? null;
  }

  /**
   * Keep a value in place of the last one. Writing an equal value does not keep it for longer. Returns
   * whether it is kept: where there is no room, what was kept before stays.
   */
  write(value: Value): boolean {
    const isKept = this.#write(value);
    this.#onKept(this.key, isKept);
    return isKept;
  }

  clear(): void {
    remove(this.#storage, this.key);
    this.#onKept(this.key, true);
  }

  #write(value: Value): boolean {
    const before = keptIn<Value>(this.#storage, this.key);
    if (before !== null && JSON.stringify(before.value) === JSON.stringify(value)) return true;
    const kept: Kept<Value> = { savedAt: Date.now(), value };
    try {
      this.#storage?.setItem(this.key, JSON.stringify(kept));
      return this.#storage !== null;
    } catch {
      return false;
    }
  }
}

/** A key that no other owner has, in a form that no other key takes. */
export function ownKey(key: string, owner: string | null): string {
  if (owner === null) return key;
  return `${encodeURIComponent(owner).replaceAll(".", "%2E")}.${key}`;
}

/** Remove everything that is too old, whoever typed it, on whatever page. */
export function removeExpired(storage: DraftStorage | null): void {
  try {
    const keys = Array.from({ length: storage?.length ?? 0 }, (_, at) => storage?.key?.(at) ?? "");
    for (const key of keys) if (key.startsWith(PREFIX)) keptIn(storage, key);
  } catch {
    // Forbidden: then nothing was kept either.
  }
}

/** The value of a key, or null. One that is too old or cannot be read is removed. */
function keptIn<Value>(storage: DraftStorage | null, key: string): Kept<Value> | null {
  try {
    const kept = JSON.parse(storage?.getItem(key) ?? "null") as Kept<Value> | null;
    if (kept === null || Date.now() - kept.savedAt < LONGEST_MS) return kept;
  } catch {
    // What cannot be read is as good as gone.
  }
  remove(storage, key);
  return null;
}

function remove(storage: DraftStorage | null, key: string): void {
  try {
    storage?.removeItem(key);
  } catch {
    // Forbidden meanwhile.
  }
}
