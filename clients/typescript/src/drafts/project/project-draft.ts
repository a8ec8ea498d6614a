import type { DraftClient } from "../client.js";
import { DraftError } from "../errors.js";
import { Observable } from "../observable.js";
import { PageEvents } from "./page-events.js";
import type { Project, StepValidation } from "./calls.js";
import { commitProject, saveAll, undecided } from "./commit.js";
import type { ProjectChanges, ProjectField } from "./edits.js";
import { changesOf, NO_PROJECT_DRAFT, type ProjectDraftSnapshot } from "./snapshot.js";
import { ProjectSync } from "./sync.js";
import { SaveTimer } from "./save-timer.js";

const AUTO_SAVE_MS = 1_000;
/** Unsaved text that is found may come from another tab, which gets some time to save it itself. */
const FOUND_MS = 2_000;
const POLL_EVERY_MS = 10_000;

/**
 * A project in four steps that is saved as it is typed.
 *
 * Calls are made one at a time. A failed save is not an error: the text is kept in the browser, and
 * saved as soon as it can be. Methods never reject because of the service; `error` says what failed.
 * While nobody is subscribed, nothing is retried.
 */
export class ProjectDraft extends Observable<ProjectDraftSnapshot> {
  readonly #sync: ProjectSync;
  readonly #page: PageEvents;
  #isSaving = false;
  #isOffline = false;
  readonly #timer = new SaveTimer(() => void this.save());
  #turn: Promise<unknown> = Promise.resolve();
  #committing: Promise<Project | null> | null = null;
  #watching: AbortController | null = null;

  constructor(client: DraftClient) {
    super(NO_PROJECT_DRAFT);
    this.#sync = new ProjectSync(client, {
      changed: () => this.#publish(),
      saved: () => {
        this.change({ savedAt: Date.now() });
        this.#forgetError();
      },
      refused: (error) => this.change({ error }),
      committing: () => void this.commit(),
    });
    this.#page = new PageEvents({
      pollEvery: POLL_EVERY_MS,
      poll: () => void this.#poll(),
      hidden: () => void this.#save(true),
      online: () => void this.save(),
      stored: (key) => this.#otherTabWrote(key),
    });
  }

  /** Change something: it is kept at once, and saved a second after the last change. */
  readonly updateSession = (changes: ProjectChanges): void => {
    const { edits, kept } = this.#sync;
    edits.type(changes);
    kept.write(edits);
    this.#sync.project = null;
    this.#sync.lateChanges = null;
    // What is typed changes nothing about who types it.
    if (!isOfPerson(this.getSnapshot().error)) this.#forgetError();
    this.#publish();
    this.#timer.schedule(AUTO_SAVE_MS);
  };

  /** Save at once. Resolves to whether everything is saved. */
  readonly save = (): Promise<boolean> => this.#save(false);

  /** Create the session, unless there is one. Otherwise the first change does. Resolves to its id. */
  readonly createSession = async (): Promise<string | null> => {
    await this.#inTurn(async () => {
      await this.#load();
      if (this.#sync.id === null) await this.#sync.create();
    });
    return this.#sync.id;
  };

  /**
   * Read the session of this browser or, once everything is saved, another one in its place.
   * Resolves to the id of the session that is current then.
   */
  readonly loadSession = async (id?: string): Promise<string | null> => {
    await this.#inTurn(async () => {
      if (id !== undefined && id !== (this.#sync.id ?? this.#sync.kept.id)) {
        await saveAll(this.#sync);
        if (this.#sync.lateChanges !== null) throw undecided();
        this.#sync.forget();
        this.#sync.kept.id = id;
      }
      this.#sync.isLoaded = false;
      await this.#load();
    });
    return this.#sync.id;
  };

  /** Discard everything, here and at the service. */
  readonly clearSession = async (): Promise<void> => {
    this.#timer.cancel();
    await this.#inTurn(() => this.#sync.remove());
  };

  /** What is wrong with a step; null if that could not be found out. */
  readonly validate = (step: number): Promise<StepValidation | null> =>
    this.#inTurn(async () => {
      await this.#load();
      const validation = await this.#sync.validate(step);
      this.#forgetError();
      return validation;
    });

  /** Create the project; calls at the same time are one. Resolves to null if it failed. */
  readonly commit = (): Promise<Project | null> => {
    this.#committing ??= this.#inTurn(() => this.#commit()).finally(() => {
      this.#committing = null;
    });
    return this.#committing;
  };

  /** Save what was typed here over what others saved. */
  readonly keepMine = (field: ProjectField): void => {
    const { edits, kept } = this.#sync;
    edits.keepMine(field);
    kept.write(edits);
    this.#publish();
    void this.save();
  };

  /** Drop what was typed here for what others saved. */
  readonly takeTheirs = (field: ProjectField): void => {
    const { edits, kept } = this.#sync;
    edits.takeTheirs(field);
    kept.write(edits);
    this.#publish();
  };

  protected override start(): void {
    this.#watching = new AbortController();
    this.#timer.start();
    this.#page.start();
    const { kept, edits, isLoaded, id } = this.#sync;
    if (isLoaded) return void this.#poll();
    if (id === null && edits.version === 0 && kept.restore(edits)) {
      // The text is there while the service is asked.
      this.change({ loading: false });
      this.#publish();
    }
    void this.#saveAfter(() => this.#load());
  }

  protected override stop(): void {
    this.#watching?.abort();
    this.#watching = null;
    this.#page.stop();
    this.#timer.stop();
    const { isLoaded, edits } = this.#sync;
    if (isLoaded && edits.sendable() !== null) void this.#save(true);
  }

  /** Perform a task, and save what it finds unsaved a little later than what is typed. */
  async #saveAfter(task: () => Promise<void>): Promise<void> {
    await this.#attempt(task);
    const { isLoaded, edits } = this.#sync;
    if (isLoaded && edits.sendable() !== null) this.#timer.schedule(FOUND_MS);
  }

  async #load(): Promise<void> {
    if (this.#sync.isLoaded) return;
    await this.#sync.load();
    this.change({ error: null });
  }

  async #save(keepalive: boolean): Promise<boolean> {
    this.#timer.cancel();
    await this.#attempt(async () => {
      await this.#load();
      this.#isSaving = this.#sync.edits.sendable() !== null;
      this.#publish();
      await this.#sync.send(keepalive);
    });
    return !this.#sync.edits.isUnsaved;
  }

  /** Perform a task in turn, and again later if that may help. */
  #attempt(task: () => Promise<void>): Promise<unknown> {
    return this.#inTurn(async () => {
      try {
        await task();
        this.#isOffline = false;
        this.#timer.succeeded();
      } catch (error) {
        if (!(error instanceof DraftError)) throw error;
        this.#retryLater(error);
      } finally {
        this.#isSaving = false;
        this.#publish();
      }
    });
  }

  #retryLater(error: DraftError): void {
    const isAutomatic = error.isTransient || error.status === 409;
    this.#isOffline = error.status === null;
    if (!isAutomatic || !this.#sync.isLoaded) this.change({ error });
    if (isAutomatic) this.#timer.failed(error);
  }

  /** See what others saved. If that fails, the next time will do. */
  #poll(): Promise<unknown> {
    return this.#inTurn(async () => {
      if (!this.#sync.isLoaded) return;
      const open = this.#sync.edits.conflicts.length;
      await this.#sync.read().catch((error: unknown) => {
        if (!(error instanceof DraftError)) throw error;
      });
      if (this.#sync.edits.conflicts.length < open) this.#timer.schedule(FOUND_MS);
    });
  }

  #otherTabWrote(key: string | null): void {
    const { kept, edits, id, isLoaded } = this.#sync;
    if (!isLoaded || !kept.isOf(key)) return;
    kept.yieldTo(edits);
    this.#publish();
    if (kept.id !== id) void this.#saveAfter(() => this.#sync.follow());
    else if (kept.version > edits.version) void this.#poll();
  }

  async #commit(): Promise<Project> {
    this.change({ isCommitting: true, error: null });
    try {
      const project = await commitProject(this.#sync, this.#watching?.signal, (error) => {
        this.#isOffline = error.status === null;
        this.#publish();
      });
      this.#isOffline = false;
      return project;
    } finally {
      this.change({ isCommitting: false });
      this.#publish();
    }
  }

  /** Unless fields cannot be stored as they are, which is said until they are changed. */
  #forgetError(): void {
    if (!this.#sync.edits.isRefused && this.getSnapshot().error) this.change({ error: null });
  }

  /** Calls are made one at a time. What the service refuses is told by the snapshot. */
  #inTurn<Result>(task: () => Promise<Result>): Promise<Result | null> {
    const done = this.#turn.then(task).catch((error: unknown) => {
      if (!(error instanceof DraftError)) throw error;
      this.change({ error });
      return null;
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #publish(): void {
    const traffic = { isSaving: this.#isSaving, isOffline: this.#isOffline };
    this.change(changesOf(this.getSnapshot(), this.#sync, traffic));
  }
}

/** Whether only somebody else, or another token, would be admitted. */
function isOfPerson(error: DraftError | null): boolean {
  return error?.status === 401 || error?.status === 403;
}
