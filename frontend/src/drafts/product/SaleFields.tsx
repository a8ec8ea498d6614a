import type { FieldPath, FieldValues } from "react-hook-form";
import { FormField } from "../shared";
import type { ProductFieldsProps } from "./DetailFields";
import { PRICES, type ProductField } from "./productForm";

const TERMS = ["taxes", "shipping", "inventory"] as const;
const RULES = [
  "productStatus",
  "userType",
  "privilege",
  "accessModifiers",
  "activeMembershipOnly",
] as const;

/** What a product costs, and on what terms it is sold. */
export function SaleFields<Values extends FieldValues>(props: ProductFieldsProps<Values>) {
  const { control, fields } = props;
  const field = (name: ProductField, title?: string) => {
    const described = fields.get(name);
    // Below the heading of a group a price needs no more than its own name.
    const shown = title === undefined ? described : { ...described, title, description: "" };
    return (
      <FormField key={name} control={control} name={name as FieldPath<Values>} field={shown} />
    );
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
