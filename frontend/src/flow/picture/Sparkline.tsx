import type { Figure } from "../api/types";
import { linePoints } from "./linePoints";

const BOX = { width: 180, height: 24, most: 180 };

/** How a figure has changed over the last minutes; the figure itself stands beside it in words. */
export function Sparkline({ figures }: { figures: readonly Figure[] }) {
  return (
    <svg
      className="sparkline"
      viewBox={`0 -2 ${BOX.width} ${BOX.height + 4}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={`M0 ${BOX.height}H${BOX.width}`} />
      <polyline points={linePoints(figures, BOX)} />
    </svg>
  );
}
