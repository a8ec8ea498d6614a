"use client";

import { useMemo, useState } from "react";
import { useDraftClient } from "./provider.js";

export interface DraftPersistence<Value> {
  /** What was kept when the component mounted; null if there was nothing, or nothing newer than 24 h. */
  readonly restored: Value | null;
  /** Keep this in place of what was kept. */
  readonly keep: (value: Value) => void;
  /** Keep nothing any longer: it is committed, or discarded. */
  readonly discard: () => void;
}

/** What was typed into a form, kept in the browser over reloads and crashes. */
export function useDraftPersistence<Value>(key: string): DraftPersistence<Value> {
  const client = useDraftClient();
  const kept = useMemo(() => client.kept<Value>(key), [client, key]);
  const [restored] = useState(() => kept.read());
  return useMemo(
    () => ({
      restored,
      keep: (value: Value) => kept.write(value),
      discard: () => kept.clear(),
    }),
    [kept, restored],
  );
}
