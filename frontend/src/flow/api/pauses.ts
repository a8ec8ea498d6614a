export const EVERY_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/** How long to pause after so many failures in a row, the first being 0. */
export function pauseAfter(failures: number): number {
  return Math.min(EVERY_MS * 2 ** failures, LONGEST_PAUSE_MS);
}
