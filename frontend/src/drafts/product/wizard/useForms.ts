import { useDraftClient } from "assembly-service-client/drafts";
import { useMemo } from "react";
import { useForm, type UseFormReturn } from "react-hook-form";
import { queryClient } from "../../shared";
import type { AudienceValues } from "../audience";
import { normalisedCode, type ProductValues } from "../productForm";
import type { KeptWizard, WizardFields } from "./kept";
import { productResolver } from "./resolver";
import { codeLookup } from "./useCodeLookup";

export interface WizardForms {
  readonly product: UseFormReturn<ProductValues>;
  readonly audience: UseFormReturn<AudienceValues>;
}

/** The forms of the wizard. A product is checked as a whole, steps that are not shown included. */
export function useForms(fields: WizardFields, begin: KeptWizard): WizardForms {
  const client = useDraftClient();
  const resolver = useMemo(() => {
    // What was found out about codes that were typed, without asking again.
    const isTaken = (code: string) =>
      queryClient.getQueryData(codeLookup(client, normalisedCode(code)).queryKey)?.isFree === false;
    return productResolver(fields.product, isTaken);
  }, [client, fields.product]);
  const product = useForm({ defaultValues: begin.product, resolver, mode: "onTouched" });
  const audience = useForm({ defaultValues: begin.audience });
  return useMemo(() => ({ product, audience }), [product, audience]);
}
