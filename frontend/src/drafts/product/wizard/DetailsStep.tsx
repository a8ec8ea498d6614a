import { DetailFields } from "../DetailFields";
import { CodeField } from "./CodeField";
import type { Wizard } from "./useWizard";

/** What the product is; whether its code is free is looked up. */
export function DetailsStep({ wizard }: { wizard: Wizard }) {
  const form = wizard.forms.product;
  const fields = wizard.fields.product;
  const code = <CodeField form={form} field={fields.get("productCode")} />;
  return <DetailFields control={form.control} fields={fields} code={code} />;
}
