import { SaleFields } from "../SaleFields";
import type { Wizard } from "./useWizard";

/** What it costs, and on what terms it is sold. */
export function SaleStep({ wizard }: { wizard: Wizard }) {
  return <SaleFields control={wizard.forms.product.control} fields={wizard.fields.product} />;
}
