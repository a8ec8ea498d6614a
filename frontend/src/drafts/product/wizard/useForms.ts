import { useDraftClient } from "assembly-service-client/drafts";
import { useEffect, useMemo } from "react";
import { useForm, type UseFormReturn } from "react-hook-form";
import { queryClient } from "../../shared";
import type { AudienceValues } from "../audience";
import { normalisedCode, PRICE_FIELDS, type ProductField, type ProductValues } from "../productForm";
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
  useEffect(() => recheckedWhileTyped(product), [product]);
  return useMemo(() => ({ product, audience }), [product, audience]);
}

/** A mistake goes as soon as it is mended, before the field is left. */
function recheckedWhileTyped({ subscribe, getFieldState, trigger }: WizardForms["product"]) {
  return subscribe({
    formState: { values: true },
    callback: ({ name }) => {
      // One price is enough: with it the mistake at the first one is gone.
      const asked = (PRICE_FIELDS as string[]).includes(name ?? "") ? "generalPrice" : name;
      for (const each of new Set([name, asked]) as Set<ProductField | undefined>) {
        if (each !== undefined && getFieldState(each).invalid) void trigger(each);
      }
    },
  });
}
