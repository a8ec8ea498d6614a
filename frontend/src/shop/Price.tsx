import { price } from "./format";

/** A price, or that the caption names none. */
export function Price({ value }: { value: number | null }) {
  if (value === null) return <p className="price none">No price</p>;
  return <p className="price">{price(value)}</p>;
}
