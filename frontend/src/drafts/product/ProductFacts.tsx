import { isAbsent, type ProductField, type ProductValue } from "./productForm";
import type { FieldSet } from "../shared";
import { valueInWords } from "../shared/words";

const UNITS: Partial<Record<ProductField, string>> = { taxes: " %" };

interface ProductFactsProps {
  fields: FieldSet;
  names: readonly ProductField[];
  values: Partial<Record<ProductField, ProductValue>>;
}

/** What is given of a product, by the names that forms use. */
export function ProductFacts({ fields, names, values }: ProductFactsProps) {
  const given = names.filter((name) => !isAbsent(values[name]));
  const long = given.filter((name) => fields.get(name).kind === "longText");
  // A long text takes a row of its own: below the others it leaves no gaps.
  const ordered = [...given.filter((name) => !long.includes(name)), ...long];
  return (
    <dl className="fact-list">
      {ordered.map((name) => (
        <div key={name} className={long.includes(name) ? "wide" : undefined}>
          <dt>{fields.get(name).title}</dt>
          <dd>
            {valueInWords(fields.get(name), values[name])}
            {UNITS[name]}
          </dd>
        </div>
      ))}
    </dl>
  );
}
