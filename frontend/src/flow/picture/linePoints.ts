import type { Figure } from "../api/types";

/**
 * The points of a line through figures, oldest first, in a box of this size, as SVG writes them.
 * The newest is at the right edge; what is unknown is left out. Of less than two there is no line.
 */
export function linePoints(
  figures: readonly Figure[],
  { width, height, most }: { width: number; height: number; most: number },
): string {
  const highest = Math.max(1, ...figures.map((each) => each ?? 0));
  const step = width / (most - 1);
  const points = figures.flatMap((each, n) => {
    if (each === null) return [];
    const x = width - (figures.length - 1 - n) * step;
    return [`${round(x)},${round(height - (each / highest) * height)}`];
  });
  return points.length < 2 ? "" : points.join(" ");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
