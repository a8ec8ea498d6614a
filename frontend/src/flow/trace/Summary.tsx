import type { ReactNode } from "react";
import type { Trace, VideoState } from "../api/types";
import { Prose } from "../Prose";

const NAMES: Record<VideoState, string> = {
  nothing_stored: "Not here",
  waiting: "Half waiting",
  expired: "Half expired",
  orphaned: "Half orphaned",
  product: "Product",
};

/** One sentence or two: what is the matter and what to do. A change is read out. */
export function Summary({ trace, children }: { trace: Trace; children: ReactNode }) {
  return (
    <section className={`summary ${trace.state}`} aria-label="What is the matter">
      <p className="summary-state">{NAMES[trace.state]}</p>
      <p className="summary-sentence" role="status">
        <Prose>{trace.summary}</Prose>
      </p>
      {children}
    </section>
  );
}
