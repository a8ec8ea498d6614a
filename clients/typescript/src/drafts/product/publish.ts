import type { AudienceTargetInput, ProductInput } from "./calls.js";
import type { ProductResult } from "./state.js";

/** What is asked of a draft here; each step is null if it fails. */
interface Steps {
  getSnapshot(): { steps: { targetConfigured: boolean } };
  addProduct(product: ProductInput): Promise<object | null>;
  configureTarget(target: AudienceTargetInput): Promise<object | null>;
  commit(): Promise<ProductResult | null>;
}

/** Take the steps of a draft one after the other; null if one of them fails. */
export async function publish(
  draft: Steps,
  product: ProductInput,
  target?: AudienceTargetInput,
): Promise<ProductResult | null> {
  if ((await draft.addProduct(product)) === null) return null;
  // One that was configured before has to be emptied.
  const { targetConfigured } = draft.getSnapshot().steps;
  if (target !== undefined || targetConfigured) {
    if ((await draft.configureTarget(target ?? {})) === null) return null;
  }
  return draft.commit();
}
