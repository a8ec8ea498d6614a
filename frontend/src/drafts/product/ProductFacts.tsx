import { isAbsent, type ProductField, type ProductValue } from "./productForm";
import type { Field, FieldSet } from "../shared";

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
          <dd>{inWords(fields.get(name), values[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

function inWords({ kind, codes, decimals }: Field, value: ProductValue | undefined): string {
  if (kind === "code") return codes.find((code) => code.value === value)?.label ?? String(value);
  if (kind === "flag") return value === true ? "Yes" : "No";
  if (kind === "number" && typeof value === "number") {
    // 120.5 is 120.50, but 13 stays.
    const minimumFractionDigits = Number.isInteger(value) ? 0 : (decimals ?? 0);
    return value.toLocaleString([], { minimumFractionDigits });
  }
  if (kind !== "date") return String(value);
  return new Date(`${String(value)}T00:00:00`).toLocaleDateString([], { dateStyle: "long" });
}
