import { type DraftClient, type DraftError, proposeCode } from "assembly-service-client/drafts";
import { type Dispatch, useCallback } from "react";
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
}

/** Puts what the service says of fields at those fields, and goes to the first of them. */
export function useRefusals({ client, fields, forms, move }: Refusals) {
  return useCallback(
    (error: DraftError) => {
      const names = Object.keys(error.fields);
      if (names.some((name) => fields.audience.has(name))) {
        showErrors(forms.audience.setError, error, fields.audience);
      } else if (names.length > 0) {
        showErrors(forms.product.setError, error, fields.product);
      }
      const isTaken = error.status === 409 || error.code === "commit_failed";
      if (isTaken && "productCode" in error.fields) {
        void markTaken(client, normalisedCode(forms.product.getValues("productCode")));
      }
      const at = STEPS.find((step) => names.some((name) => stepOfField(name) === step));
      if (at !== undefined) move({ type: "refused", at });
    },
    [client, fields, forms, move],
  );
}

/** The service knows better than the look-up, whose catalogue may be another one. */
async function markTaken(client: DraftClient, code: string): Promise<void> {
  const { queryKey } = codeLookup(client, code);
  queryClient.setQueryData(queryKey, { code, isFree: false, proposal: null });
  const proposal = await proposeCode(client, code).catch(() => null);
  queryClient.setQueryData(queryKey, { code, isFree: false, proposal });
}
