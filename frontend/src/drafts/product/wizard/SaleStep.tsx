import { FormField } from "../../shared";
import { PRICES, type ProductField } from "../productForm";
import type { Wizard } from "./useWizard";

const TERMS = ["taxes", "shipping", "inventory"] as const;
const RULES = [
  "productStatus",
  "userType",
  "privilege",
  "accessModifiers",
  "activeMembershipOnly",
] as const;

/** What it costs, and on what terms it is sold. */
export function SaleStep({ wizard }: { wizard: Wizard }) {
  const { control } = wizard.forms.product;
  const field = (name: ProductField, title?: string) => {
    const described = wizard.fields.product.get(name);
    // Below the heading of a group a price needs no more than its own name.
    const shown = title === undefined ? described : { ...described, title, description: "" };
    return <FormField key={name} control={control} name={name} field={shown} />;
  };
  return (
    <>
      <p className="lead">Give at least one price. 0 is free; leave a price empty where there is none.</p>
      {Object.entries(PRICES).map(([group, prices]) => (
        <fieldset key={group} className="fieldset prices">
          <legend>{group}</legend>
          <div className="fields">
            {Object.entries(prices).map(([name, title]) => field(name as ProductField, title))}
          </div>
        </fieldset>
      ))}
      <fieldset className="fieldset">
        <legend>Terms</legend>
        <div className="fields">{TERMS.map((name) => field(name))}</div>
      </fieldset>
      <fieldset className="fieldset">
        <legend>Who may buy it</legend>
        <div className="fields">{RULES.map((name) => field(name))}</div>
      </fieldset>
    </>
  );
}
