import { useCallback, useRef, useState } from "react";

/** One thing at a time: second clicks do nothing. What was done last, and may have failed, can be repeated. */
export function useExclusive() {
  const [isBusy, setBusy] = useState(false);
  const runs = useRef(false);
  const last = useRef<() => Promise<unknown>>(async () => {});

  const exclusively = useCallback(async (act: () => Promise<unknown>): Promise<void> => {
    if (runs.current) return;
    runs.current = true;
    last.current = act;
    setBusy(true);
    try {
      await act();
    } finally {
      runs.current = false;
      setBusy(false);
    }
  }, []);

  /** Has `retry` do this instead of what was done last. */
  const retryWith = useCallback((act: () => Promise<unknown>) => {
    if (!runs.current) last.current = act;
  }, []);

  const retry = useCallback(() => void exclusively(last.current), [exclusively]);
  return { exclusively, retry, retryWith, isBusy };
}
