import type { DraftClient, KeptDraft } from "assembly-service-client/drafts";

/** What was typed in another tab, open or not. */
export interface OtherText<Text> {
  readonly id: string;
  readonly text: Text;
  /** In milliseconds since 1970. */
  readonly savedAt: number;
}

interface Options<Text> {
  readonly client: DraftClient;
  /** Of the form. */
  readonly key: string;
  /** What people typed of a text: two texts with the same are one. */
  readonly typed: (text: Text) => unknown;
}

interface OwnText<Text> {
  readonly id: string;
  readonly text: Text;
}

/**
 * What is typed into a form, kept twice for at most 24 h: in the tab, whose reload brings back its own
 * text, and in the browser, where it outlives a tab that is closed or crashes.
 *
 * A tab replaces and removes only what it has written, or taken: what another one has typed since stays,
 * and is offered to every tab.
 */
export class KeptTexts<Text> {
  readonly #client: DraftClient;
  readonly #prefix: string;
  readonly #typed: Options<Text>["typed"];
  readonly #ofTab: KeptDraft<OwnText<Text> | { readonly text: null }>;
  #own: OwnText<Text> | null = null;

  constructor({ client, key, typed }: Options<Text>) {
    this.#client = client;
    this.#prefix = `${key}.text.`;
    this.#typed = typed;
    this.#ofTab = client.kept(key, { tab: true });
  }

  /** The text of this tab; null if it was given up, and undefined if there was none yet. */
  read(): Text | null | undefined {
    const ofTab = this.#ofTab.read();
    this.#own = ofTab !== null && "id" in ofTab ? ofTab : null;
    return ofTab?.text;
  }

  /** The texts of other tabs, the latest first. */
  others(): OtherText<Text>[] {
    const texts = this.#ids().flatMap((id) => {
      const kept = this.#ofBrowser(id);
      const [text, savedAt] = [kept.read(), kept.savedAt];
      return text === null || savedAt === null ? [] : [{ id, text, savedAt }];
    });
    return texts.sort((one, other) => other.savedAt - one.savedAt);
  }

  /** Go on in this tab with the text of another one; null if it is not there any longer. */
  take(id: string): Text | null {
    const text = this.#ofBrowser(id).read();
    if (text !== null) this.#own = { id, text };
    return text;
  }

  write(text: Text): void {
    const id = this.#own === null || this.#isElsewhere(this.#own) ? newId() : this.#own.id;
    this.#ofTab.write({ id, text });
    // Where there is no room the browser has this tab's former text, which is not another tab's.
    if (this.#ofBrowser(id).write(text) || this.#own?.id !== id) this.#own = { id, text };
  }

  /** Keep the text of this tab no longer. */
  forget(): void {
    if (this.#own !== null && !this.#isElsewhere(this.#own)) this.#ofBrowser(this.#own.id).clear();
    this.leave();
  }

  /** Have no text in this tab; others are offered it still. */
  leave(): void {
    this.#own = null;
    this.#ofTab.write({ text: null });
  }

  /** Whether another tab has typed on in the text that was this one's. */
  #isElsewhere({ id, text }: OwnText<Text>): boolean {
    const there = this.#ofBrowser(id).read();
    return there !== null && !isSame(this.#typed(there), this.#typed(text));
  }

  #ofBrowser(id: string): KeptDraft<Text> {
    return this.#client.kept(this.#prefix + id);
  }

  #ids(): string[] {
    const { storage } = this.#client;
    const start = this.#ofBrowser("").key;
    const keys = Array.from({ length: storage?.length ?? 0 }, (_, at) => storage?.key?.(at) ?? "");
    const ids = keys.filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
    return ids.filter((id) => id !== this.#own?.id);
  }
}

function newId(): string {
  return Math.random().toString(36).slice(2);
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
