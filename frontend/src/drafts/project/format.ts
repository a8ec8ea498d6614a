import type { Field } from "../shared";
import { isEmpty } from "../shared";

/** A value as people read it; null if there is none. */
export function valueText(field: Field, value: unknown): string | null {
  if (isEmpty(value)) return null;
  switch (field.kind) {
    case "number":
      return `${typeof value === "number" ? value.toLocaleString() : value}${unitOf(field.name)}`;
    case "flag":
      return value === true ? "Yes" : "No";
    case "code":
      return field.codes.find((code) => code.value === value)?.label ?? String(value);
    case "date":
      return dayText(String(value));
    default:
      return String(value);
  }
}

function unitOf(name: string): string {
  return name === "squareFootage" ? " square feet" : "";
}

function dayText(day: string): string {
  const date = new Date(`${day}T00:00:00`);
  return Number.isNaN(date.valueOf()) ? day : date.toLocaleDateString([], { dateStyle: "long" });
}
