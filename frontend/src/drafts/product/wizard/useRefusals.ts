import {
  type DraftClient,
  type DraftError,
  type ProductSession,
  proposeCode,
} from "assembly-service-client/drafts";
import { type Dispatch, useEffect } from "react";
import { queryClient, showErrors } from "../../shared";
import { normalisedCode } from "../productForm";
import type { WizardFields } from "./kept";
import { stepOfField, STEPS, type StepsEvent } from "./steps";
import { codeLookup } from "./useCodeLookup";
import type { WizardForms } from "./useForms";

interface Refusals {
  client: DraftClient;
  fields: WizardFields;
  forms: WizardForms;
  move: Dispatch<StepsEvent>;
  /** What the service has refused. */
  error: DraftError | null;
}

/** Puts what the service says of fields at those fields, and goes to the first of them. */
export function useRefusals({ client, fields, forms, move, error }: Refusals) {
  // Who asks again hears the same of a draft that has failed.
  const said = error && JSON.stringify([error.code, error.message, error.fields]);
  useEffect(() => {
    if (error !== null && !isOutdated(error, forms)) put(error);
  }, [said]);

  function put(refused: DraftError): void {
    const names = Object.keys(refused.fields);
    if (names.some((name) => fields.audience.has(name))) {
      showErrors(forms.audience.setError, refused, fields.audience);
    } else if (names.length > 0) {
      showErrors(forms.product.setError, refused, fields.product);
    }
    const isTaken = refused.status === 409 || refused.code === "commit_failed";
    if (isTaken && "productCode" in refused.fields) void markTaken(client, codeIn(forms));
    const at = STEPS.find((step) => names.some((name) => stepOfField(name) === step));
    if (at !== undefined) move({ type: "refused", at });
  }
}

/** Whether a draft failed with another code than is typed now, as before a reload. */
function isOutdated({ code, body }: DraftError, forms: WizardForms): boolean {
  if (code !== "commit_failed") return false;
  const { product } = body as Partial<ProductSession>;
  return product !== undefined && normalisedCode(product.productCode) !== codeIn(forms);
}

function codeIn({ product }: WizardForms): string {
  return normalisedCode(product.getValues("productCode"));
}

/** Whether people have to do something about an error before anything else can go on. */
export function isForPeople(error: DraftError | null): error is DraftError {
  return error !== null && error.code !== "commit_failed" && Object.keys(error.fields).length === 0;
}

/** The service knows better than the look-up, whose catalogue may be another one. */
async function markTaken(client: DraftClient, code: string): Promise<void> {
  const { queryKey } = codeLookup(client, code);
  queryClient.setQueryData(queryKey, { code, isFree: false, proposal: null });
  const proposal = await proposeCode(client, code).catch(() => null);
  queryClient.setQueryData(queryKey, { code, isFree: false, proposal });
}
