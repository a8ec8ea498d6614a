"use client";

import { useEffect, useState } from "react";
import { useServiceTime } from "./provider.js";

const SOON_MS = 15 * 60 * 1000;
const LAST_MS = 5 * 60 * 1000;

/**
 * - `running`: more than 15 minutes are left
 * - `soon`: at most 15 minutes
 * - `last`: at most 5 minutes
 * - `expired`: none
 */
export type ExpirationPhase = "running" | "soon" | "last" | "expired";

export interface ExpirationTimer {
  /** Null as long as nothing is known to expire. */
  readonly secondsLeft: number | null;
  readonly phase: ExpirationPhase;
}

/** How long a draft still has to live, second by second. `expiresAt` is its ISO time. */
export function useExpirationTimer(expiresAt: string | null | undefined): ExpirationTimer {
  const end = expiresAt ? Date.parse(expiresAt) : NaN;
  const serviceTime = useServiceTime();
  const [now, setNow] = useState(serviceTime);
  useEffect(() => {
    if (Number.isNaN(end)) return;
    setNow(serviceTime());
    const timer = setInterval(() => {
      setNow(serviceTime());
      if (serviceTime() >= end) clearInterval(timer);
    }, 1_000);
    return () => clearInterval(timer);
  }, [end, serviceTime]);
  if (Number.isNaN(end)) return { secondsLeft: null, phase: "running" };
  const left = Math.max(0, end - now);
  return { secondsLeft: Math.ceil(left / 1_000), phase: phaseOf(left) };
}

function phaseOf(left: number): ExpirationPhase {
  if (left === 0) return "expired";
  if (left <= LAST_MS) return "last";
  return left <= SOON_MS ? "soon" : "running";
}
