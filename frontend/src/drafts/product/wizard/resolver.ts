import type { FieldErrors, Resolver } from "react-hook-form";
import type { FieldSet } from "../../shared/fields";
import { problemOf } from "../../shared/problems";
import {
  isAsked,
  normalisedCode,
  problemsAcross,
  type ProductField,
  type ProductValues,
} from "../productForm";

/** What is wrong with a product before it is sent, by field, in the order of the service. */
export function productProblems(
  fields: FieldSet,
  values: ProductValues,
  isTaken: (code: string) => boolean,
): Partial<Record<ProductField, string>> {
  const across = problemsAcross(values);
  const problems: Partial<Record<ProductField, string>> = {};
  for (const field of fields.all) {
    const name = field.name as ProductField;
    if (!isAsked(name, values)) continue;
    const problem = problemOf(field, values[name]) ?? across[name];
    if (problem) problems[name] = problem;
  }
  const code = normalisedCode(values.productCode);
  if (problems.productCode === undefined && isTaken(code)) {
    problems.productCode = `The code ${code} is taken.`;
  }
  return problems;
}

/** Checks the form of a product. */
export function productResolver(
  fields: FieldSet,
  isTaken: (code: string) => boolean,
): Resolver<ProductValues> {
  return (values) => {
    const found = Object.entries(productProblems(fields, values, isTaken));
    const errors = Object.fromEntries(
      found.map(([name, message]) => [name, { type: "typed", message }]),
    ) as FieldErrors<ProductValues>;
    return found.length > 0 ? { values: {}, errors } : { values, errors: {} };
  };
}
