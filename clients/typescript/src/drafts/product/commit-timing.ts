/** How often a draft is asked how far its commit is. */
export const POLL_MS = 5_000;
/** When a commit whose answer was lost is asked about again: it may have been on its way. */
export const LOST_MS = 1_000;
/** For how long the service lets one commit hold a draft. */
export const LEASE_MS = 30_000;
