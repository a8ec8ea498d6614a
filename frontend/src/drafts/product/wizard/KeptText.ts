import type { DraftClient, KeptDraft } from "assembly-service-client/drafts";
import type { KeptWizard } from "./kept";

/**
 * What was typed, kept twice: for this tab, whose reload brings back its own text whatever is typed in
 * others, and for the browser, where what was typed last outlives its tab.
 */
export class KeptText {
  readonly #ofTab: KeptDraft<{ readonly text: KeptWizard | null }>;
  readonly #ofBrowser: KeptDraft<KeptWizard>;

  constructor(client: DraftClient) {
    this.#ofTab = client.kept("product", { tab: true });
    this.#ofBrowser = client.kept("product");
  }

  /** The text of this tab, which may have been given up; else the last of the browser. */
  read(): { readonly text: KeptWizard | null; readonly isOfTab: boolean } {
    const ofTab = this.#ofTab.read();
    if (ofTab !== null) return { text: ofTab.text, isOfTab: true };
    return { text: this.#ofBrowser.read(), isOfTab: false };
  }

  write(text: KeptWizard): void {
    this.#ofTab.write({ text });
    this.#ofBrowser.write(text);
  }

  /** Keep a text no longer; another one of the browser stays. */
  forget(id: string): void {
    this.leave();
    if (this.#ofBrowser.read()?.id === id) this.#ofBrowser.clear();
  }

  /** Have no text in this tab. */
  leave(): void {
    this.#ofTab.write({ text: null });
  }
}
