import type { Product } from "assembly-service-client";
import { useState } from "react";

interface HeldBack {
  shown: readonly Product[];
  /** How many are not shown yet. */
  waiting: number;
}

/**
 * Holds back what arrives while the top of the list is out of sight, so that nothing moves under the
 * eyes of people who read. What is loaded at the end is shown at once.
 */
export function useHeldBack(products: readonly Product[], isAtTop: boolean): HeldBack {
  const [known, setKnown] = useState<ReadonlySet<string> | null>(null);
  if (isAtTop && known !== null) setKnown(null);
  if (!isAtTop && known === null && products.length > 0) {
    setKnown(new Set(products.map((product) => product.video_id)));
  }
  if (isAtTop || known === null) return { shown: products, waiting: 0 };
  const end = products.findLastIndex((product) => known.has(product.video_id));
  const shown = products.filter((product, n) => n > end || known.has(product.video_id));
  return { shown, waiting: products.length - shown.length };
}
