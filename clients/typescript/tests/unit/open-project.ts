// A browser with tabs in which a project is typed, beside a fake of the service.
import { afterEach, beforeEach } from "vitest";
import { ProjectDraft } from "../../src/drafts/index.js";
import { FakeBrowser, FakeProjects } from "./fake-projects.js";
import { pass } from "./support.js";

export let service: FakeProjects;
export let browser: FakeBrowser;
const closes: (() => void)[] = [];

/** Each test has a browser and a service of its own, and leaves no tab open. */
export function useFreshBrowser(): void {
  beforeEach(() => {
    service = new FakeProjects();
    browser = new FakeBrowser();
  });
  afterEach(async () => {
    for (const close of closes.splice(0)) close();
    await pass();
  });
}

/** The draft of a tab that somebody has opened. */
export async function open() {
  const draft = new ProjectDraft(browser.client());
  const close = draft.subscribe(() => undefined);
  closes.push(close);
  await pass(50);
  return { draft, close, now: () => draft.getSnapshot() };
}

export const typed = (name: string) => ({ projectData: { projectName: name } });

/** A tab with a saved draft. */
export async function openSaved() {
  const tab = await open();
  tab.draft.updateSession({ projectData: { projectName: "Depot", clientName: "Amani" } });
  await pass(1_100);
  service.calls.length = 0;
  return tab;
}
