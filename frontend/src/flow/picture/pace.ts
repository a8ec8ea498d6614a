import type { Figure } from "../api/types";

export type Pace = "still" | "slow" | "steady" | "fast";

/** How fast a connection moves in the picture. Few steps, so that it does not jump with each reading. */
export function paceOf(perMinute: Figure): Pace {
  if (perMinute === null || perMinute <= 0) return "still";
  if (perMinute < 30) return "slow";
  return perMinute < 600 ? "steady" : "fast";
}
