import { useWatch } from "react-hook-form";
import { FormField } from "../../shared";
import { type DETAIL_FIELDS, INSURANCE } from "../productForm";
import { CodeField } from "./CodeField";
import type { Wizard } from "./useWizard";

type Detail = (typeof DETAIL_FIELDS)[number];

/** What the product is. */
export function DetailsStep({ wizard }: { wizard: Wizard }) {
  const { control } = wizard.forms.product;
  const category = useWatch({ control, name: "productCategory" });
  const field = (name: Detail) => {
    const described = wizard.fields.product.get(name);
    return <FormField key={name} control={control} name={name} field={described} />;
  };
  return (
    <>
      <fieldset className="fieldset details">
        <legend>What it is</legend>
        <div className="fields">
          {field("productName")}
          <CodeField form={wizard.forms.product} field={wizard.fields.product.get("productCode")} />
          {field("productDescription")}
          {field("productCategory")}
          {field("productGlCode")}
          {field("productYear")}
          {category === INSURANCE && (
            <>
              {field("insuranceType")}
              {field("insuranceLimit")}
            </>
          )}
        </div>
      </fieldset>
      <fieldset className="fieldset details">
        <legend>When it takes place</legend>
        <div className="fields">
          {field("startDate")}
          {field("endDate")}
        </div>
      </fieldset>
      <fieldset className="fieldset details">
        <legend>What else people read</legend>
        <div className="fields">
          {field("productPicture")}
          {field("productAdditionalInfo")}
          {field("postPurchaseInfo")}
        </div>
      </fieldset>
    </>
  );
}
