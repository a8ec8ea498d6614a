import type { Figure } from "../api/types";

export type Pace = "still" | "slow" | "steady" | "fast";

/** How fast a connection moves in the picture. Of few steps: it would jump with each change. */
export function paceOf(perMinute: Figure): Pace {
  if (perMinute === null || perMinute <= 0) return "still";
  if (perMinute < 30) return "slow";
  return perMinute < 600 ? "steady" : "fast";
}
