/** How long nothing is tried again if no browser event says that the network is back. */
const PAUSE_MS = 3_000;

/**
 * Does something again and again until the service has answered, whatever the answer.
 *
 * Only for what may be done twice: a step of a draft is replaced by the same, a commit is answered
 * with the result of the first.
 */
export async function untilReached<Result>(options: {
  act: () => Promise<Result>;
  /** Whether the last try got no answer. */
  isUnreached: () => boolean;
  onOffline: () => void;
  /** Ends the waiting. */
  signal: AbortSignal;
}): Promise<Result> {
  const { act, isUnreached, onOffline, signal } = options;
  for (;;) {
    const result = await act();
    if (!isUnreached() || signal.aborted) return result;
    onOffline();
    await untilOnline(signal);
    if (signal.aborted) return result;
  }
}

function untilOnline(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, PAUSE_MS);
    addEventListener("online", end);
    signal.addEventListener("abort", end);
    function end() {
      clearTimeout(timer);
      removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    }
  });
}
