import type { DraftClient } from "../client.js";
import { asChanges, isSame, type ProjectDataChanges, type ProjectEdits, type Values } from "./edits.js";
import { type DraftStorage, type KeptDraft, ownKey } from "../storage.js";

/** The name that the guide of the project sessions gives it. */
const ID_KEY = "projectSessionId";

interface Kept {
  readonly version: number;
  readonly values: Values;
  /** What the unsaved ones among the values were before. */
  readonly bases: Values;
}

/**
 * What is in the browser of a project: the id of its session, and all that was typed.
 *
 * All tabs share it. Each writes what it has typed itself, and leaves what another has not saved yet.
 */
export class KeptProject {
  readonly #storage: DraftStorage | null;
  readonly #idKey: string;
  readonly #kept: KeptDraft<Kept>;
  /** The id for which the storage had no room: it lasts as long as the page. */
  #unkeptId: string | null = null;
  /** The fields that were unsaved here at the last writing. */
  #own = new Set<string>();
  /** What was found unsaved, and not typed here: another tab may be about to save it. */
  #found: Values = {};

  constructor(client: DraftClient) {
    this.#storage = client.storage;
    this.#idKey = ownKey(ID_KEY, client.owner);
    this.#kept = client.kept<Kept>("project");
  }

  get id(): string | null {
    try {
      return this.#storage?.getItem(this.#idKey) ?? this.#unkeptId;
    } catch {
      return this.#unkeptId;
    }
  }

  set id(id: string | null) {
    this.#unkeptId = this.#storage === null ? id : null;
    try {
      if (id === null) this.#storage?.removeItem(this.#idKey);
      else this.#storage?.setItem(this.#idKey, id);
    } catch {
      // Full or forbidden: a reload begins anew.
      this.#unkeptId = id;
    }
  }

  /** Whether a key of the storage is one of these; null are all. */
  isOf(key: string | null): boolean {
    return key === null || key === this.#idKey || key === this.#kept.key;
  }

  /** The version that any tab has seen last. */
  get version(): number {
    return this.#kept.read()?.version ?? 0;
  }

  /** Give back what was kept; false if there is nothing. */
  restore(edits: ProjectEdits): boolean {
    const kept = this.#kept.read();
    if (kept === null) return false;
    edits.restore(kept.values, kept.bases);
    this.#own = new Set(Object.keys(kept.bases));
    const found = Object.keys(kept.bases).map((field) => [field, kept.values[field]]);
    this.#found = Object.fromEntries(found) as Values;
    return true;
  }

  /** Whether something unsaved was found that another tab may be typing still. */
  get hasFound(): boolean {
    return Object.keys(this.#found).length > 0;
  }

  write(edits: ProjectEdits): void {
    const kept = this.#kept.read();
    const { version, values, bases } = edits;
    const others = Object.keys(kept?.bases ?? {}).filter(
      (field) => !this.#own.has(field) && !(field in bases),
    );
    const of = (all: Values | undefined) =>
      Object.fromEntries(others.map((field) => [field, all?.[field] ?? null]));
    this.#own = new Set(Object.keys(bases));
    this.#kept.write({
      version,
      values: { ...values, ...of(kept?.values) },
      bases: { ...bases, ...of(kept?.bases) },
    });
  }

  /** Leave to another tab what was found of it, and has been saved or typed on there. */
  yieldTo(edits: ProjectEdits): void {
    const kept = this.#kept.read();
    for (const [field, value] of Object.entries(this.#found)) {
      const isTheirs = !(field in (kept?.bases ?? {})) || !isSame(kept?.values[field], value);
      if (isTheirs && isSame(edits.values[field], value)) edits.forget(field);
      if (isTheirs) this.#own.delete(field);
    }
  }

  /** Count as this tab's own, from now on, what it found. */
  adopt(): void {
    this.#found = {};
  }

  /**
   * Note that the session has become a project. Only the text that is not in it stays, as the beginning of
   * another draft: that of this tab (`late`), and of others, which may have crashed.
   */
  leave(late: ProjectDataChanges, project: Values): void {
    const { values = {}, bases = {} } = this.#kept.read() ?? {};
    const others = Object.keys(bases).filter((field) => !this.#own.has(field));
    const unsaved = Object.fromEntries(others.map((field) => [field, values[field]]));
    const missing = Object.entries({ ...asChanges(unsaved).projectData, ...late }).filter(
      ([field, value]) => (value ?? null) !== null && !isSame(value, project[field]),
    );
    this.clear();
    if (missing.length === 0) return;
    this.#own = new Set(Object.keys(late));
    this.#kept.write({
      version: 0,
      values: Object.fromEntries(missing),
      bases: Object.fromEntries(missing.map(([field]) => [field, null])),
    });
  }

  clear(): void {
    this.id = null;
    this.#kept.clear();
    this.#own.clear();
    this.#found = {};
  }
}
