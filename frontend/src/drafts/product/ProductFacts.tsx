import { isAbsent, type ProductField, type ProductValue } from "./productForm";
import type { FieldSet } from "../shared";
import { valueInWords } from "../shared/words";

interface ProductFactsProps {
  fields: FieldSet;
  names: readonly ProductField[];
  values: Partial<Record<ProductField, ProductValue>>;
}

/** What is given of a product, by the names that forms use. */
export function ProductFacts({ fields, names, values }: ProductFactsProps) {
  const given = names.filter((name) => !isAbsent(values[name]));
  return (
    <dl className="product-facts">
      {given.map((name) => (
        <div key={name}>
          <dt>{fields.get(name).title}</dt>
          <dd>{valueInWords(fields.get(name), values[name])}</dd>
        </div>
      ))}
    </dl>
  );
}
