import type { ProductDraftSnapshot, ProductSessionState } from "assembly-service-client/drafts";
import type { ProgressTone } from "../../shared";
import type { Step } from "./steps";

const LABELS: Record<Step, string> = {
  details: "Details",
  sale: "Prices",
  audience: "Audience",
  review: "Review",
};

export function labelOf(step: Step): string {
  return LABELS[step];
}

type ShownState = ProductSessionState | "none" | "expired";

export function shownState({ state, isExpired }: ProductDraftSnapshot): ShownState {
  return isExpired ? "expired" : (state ?? "none");
}

/** A colour for each state, and the words that say the same. */
export const TONES: Record<ShownState, { label: string; tone: ProgressTone }> = {
  none: { label: "Not begun", tone: "plain" },
  initiated: { label: "Draft begun", tone: "plain" },
  "product-added": { label: "Product saved", tone: "plain" },
  "target-configured": { label: "Product and audience saved", tone: "plain" },
  committing: { label: "Publishing", tone: "waiting" },
  committed: { label: "Published", tone: "good" },
  failed: { label: "Not published", tone: "bad" },
  expired: { label: "The draft has expired", tone: "bad" },
};
