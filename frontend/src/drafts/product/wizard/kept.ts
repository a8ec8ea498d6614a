import type { ProductSession } from "assembly-service-client/drafts";
import type { Criterion, AudienceValues } from "../audience";
import type { ProductField, ProductValue, ProductValues } from "../productForm";
import type { FieldSet } from "../../shared";
import { readSteps, FIRST_STEP, type StepsState } from "./steps";

/** What is asked for: the fields of the product, and those of its audience. */
export interface WizardFields {
  readonly product: FieldSet;
  readonly audience: FieldSet;
}

/** What is kept in the browser. */
export interface KeptWizard {
  /** Tells a text from another one. */
  readonly id: string;
  readonly product: ProductValues;
  readonly audience: AudienceValues;
  readonly steps: StepsState;
  /** The draft as it was stored last. */
  readonly session: ProductSession | null;
}

/** The wizard as it begins, with the defaults of the service. */
export function emptyWizard({ product, audience }: WizardFields): KeptWizard {
  const empty = product.all.map(({ name, default: given, kind }) => {
    const nothing = kind === "flag" ? false : kind === "number" || kind === "code" ? null : "";
    return [name, (given as ProductValue | undefined) ?? nothing] as const;
  });
  return {
    id: Math.random().toString(36).slice(2),
    product: Object.fromEntries(empty) as ProductValues,
    audience: Object.fromEntries(audience.all.map(({ name }) => [name, []])) as AudienceValues,
    steps: FIRST_STEP,
    session: null,
  };
}

/** What was kept, as far as today's fields can hold it. */
export function restoredWizard(fields: WizardFields, kept: Partial<KeptWizard> | null): KeptWizard {
  const empty = emptyWizard(fields);
  if (kept === null) return empty;
  const product = { ...empty.product };
  for (const [name, value] of Object.entries(kept.product ?? {})) {
    if (fields.product.has(name) && isProductValue(value)) product[name as ProductField] = value;
  }
  const audience = { ...empty.audience };
  for (const [name, codes] of Object.entries(kept.audience ?? {})) {
    if (fields.audience.has(name) && Array.isArray(codes)) audience[name as Criterion] = codes;
  }
  const { id = empty.id, session = null } = kept;
  return { id, product, audience, steps: readSteps(kept.steps), session };
}

function isProductValue(value: unknown): value is ProductValue {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
