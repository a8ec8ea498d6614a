import type { Field } from "./fields";
import { isEmpty } from "./problems";

/** A value as people read it: labels for codes, dates and numbers as usual where they are. */
export function valueInWords({ kind, codes, decimals = 0 }: Field, value: unknown): string {
  if (isEmpty(value)) return "–";
  const label = (code: unknown) => codes.find((each) => each.value === code)?.label ?? String(code);
  switch (kind) {
    case "code":
      return label(value);
    case "codes":
      return (value as unknown[]).map(label).join(", ");
    case "flag":
      return value === true ? "Yes" : "No";
    case "number":
      return typeof value === "number" ? numberInWords(value, decimals) : String(value);
    case "date":
      return dayInWords(String(value));
    default:
      return String(value);
  }
}

/** With the full stop that services leave out. */
export function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** 120.5 with two decimals is 120.50, but 13 stays. */
function numberInWords(value: number, decimals: number): string {
  const minimumFractionDigits = Number.isInteger(value) ? 0 : decimals;
  return value.toLocaleString([], { minimumFractionDigits, maximumFractionDigits: 20 });
}

/** A draft may hold what is no day: that is shown as it is. */
function dayInWords(day: string): string {
  const date = new Date(`${day}T00:00:00`);
  return Number.isNaN(date.valueOf()) ? day : date.toLocaleDateString([], { dateStyle: "long" });
}

/** A point in time, as in `29 Nov 2026, 11:50`. */
export function timeInWords(iso: string): string {
  return new Date(iso).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}
