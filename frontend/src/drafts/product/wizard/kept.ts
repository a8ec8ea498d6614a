import type { ProductSession, ProductStep } from "assembly-service-client/drafts";
import { audienceInput, type AudienceValues, type Criterion } from "../audience";
import { productInput, type ProductField, type ProductValue, type ProductValues } from "../productForm";
import type { FieldSet, KeptTexts } from "../../shared";
import { planOf, readSteps, FIRST_STEP, type StepsState } from "./steps";

/** What is asked for: the fields of the product, and those of its audience. */
export interface WizardFields {
  readonly product: FieldSet;
  readonly audience: FieldSet;
}

/** What is kept in the browser. */
export interface KeptWizard {
  readonly product: ProductValues;
  readonly audience: AudienceValues;
  readonly steps: StepsState;
  /** The draft as it was stored last. */
  readonly session: ProductSession | null;
  /** Whether all that was typed is in that draft. */
  readonly isSaved: boolean;
}

/** The wizard as it begins, with the defaults of the service. */
export function emptyWizard({ product, audience }: WizardFields): KeptWizard {
  const empty = product.all.map(({ name, default: given, kind }) => {
    const nothing = kind === "flag" ? false : kind === "number" || kind === "code" ? null : "";
    return [name, (given as ProductValue | undefined) ?? nothing] as const;
  });
  return {
    product: Object.fromEntries(empty) as ProductValues,
    audience: Object.fromEntries(audience.all.map(({ name }) => [name, []])) as AudienceValues,
    steps: FIRST_STEP,
    session: null,
    isSaved: false,
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
  const { session = null, isSaved = false } = kept;
  return { product, audience, steps: readSteps(kept.steps), session, isSaved };
}

export interface RestoredText {
  readonly text: KeptWizard | null;
  /** Whether it was typed in this tab, or in another one, which may be open. */
  readonly isOfTab: boolean;
}

/** The text of this tab, which may have been given up; else the latest one of another tab. */
export function restoredText(texts: KeptTexts<KeptWizard>): RestoredText {
  const text = texts.read();
  if (text !== undefined) return { text, isOfTab: true };
  const [latest] = texts.others();
  return { text: latest ? texts.take(latest.id) : null, isOfTab: false };
}

/** What of a text was typed: steps and drafts are only where it is. */
export function typedOf({ product, audience }: KeptWizard): unknown {
  return { product, audience };
}

/** What of a text is to be in its draft. */
export function typedInto({ product, audience, steps }: KeptWizard): ProductStep {
  if (!product.productCode) return {};
  const isForSome = planOf(steps).audience === "done";
  return { product: productInput(product), ...(isForSome && { audienceTarget: audienceInput(audience) }) };
}

function isProductValue(value: unknown): value is ProductValue {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
