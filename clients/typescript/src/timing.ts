const FIRST_BACKOFF_MS = 2_000;
const LONGEST_BACKOFF_MS = 10_000;

/**
 * How long to wait before an attempt, in milliseconds; `attempt` counts from 0.
 *
 * Random over the whole range ("full jitter"): those whom one restart cut off return spread out,
 * however often they try.
 */
export function backoff(attempt: number): number {
  return Math.random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt);
}

/** A quarter more or less, so that what was begun together does not stay together. */
export function around(milliseconds: number): number {
  return milliseconds * (0.75 + Math.random() / 2);
}

/** Wait, for `Infinity` too; ends early when the signal aborts. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = milliseconds === Infinity ? undefined : setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
  });
}
