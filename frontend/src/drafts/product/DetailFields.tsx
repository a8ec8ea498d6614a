import type { ReactNode } from "react";
import { type Control, type FieldPath, type FieldValues, useWatch } from "react-hook-form";
import { type FieldSet, FormField } from "../shared";
import { ABOUT_CODE, type DETAIL_FIELDS, INSURANCE } from "./productForm";

type Detail = (typeof DETAIL_FIELDS)[number];

export interface ProductFieldsProps<Values extends FieldValues> {
  control: Control<Values>;
  fields: FieldSet;
}

interface DetailFieldsProps<Values extends FieldValues> extends ProductFieldsProps<Values> {
  /** The field of the code, if it is not a plain one. */
  code?: ReactNode;
}

/** What a product is. */
export function DetailFields<Values extends FieldValues>(props: DetailFieldsProps<Values>) {
  const { control, fields, code } = props;
  const category: unknown = useWatch({ control, name: "productCategory" as FieldPath<Values> });
  const field = (name: Detail, hint?: string) => (
    <FormField
      control={control}
      name={name as FieldPath<Values>}
      field={fields.get(name)}
      {...(hint !== undefined && { hint })}
    />
  );
  return (
    <>
      <fieldset className="fieldset details">
        <legend>What it is</legend>
        <div className="fields">
          {field("productName")}
          {code ?? field("productCode", ABOUT_CODE)}
          {field("productDescription")}
          {field("productCategory")}
          {/* The description is for those who send a code themselves. */}
          {field("productGlCode", "")}
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
