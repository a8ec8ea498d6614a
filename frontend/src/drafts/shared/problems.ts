import type { Field } from "./fields";

/** The value of a date of which only a part has been typed. */
export const UNFINISHED = "unfinished";

/** What is wrong with a value that was typed, as a sentence; null if it can be sent. */
export function problemOf(field: Field, value: unknown): string | null {
  if (isEmpty(value)) return field.isRequired ? `${field.title} is required.` : null;
  const problem = PROBLEMS[field.kind](field, value);
  return problem === null ? null : `${field.title} ${problem}.`;
}

export function isEmpty(value: unknown): boolean {
  if (typeof value === "string") return value.trim() === "";
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

type Problem = string | null;

const PROBLEMS: Record<Field["kind"], (field: Field, value: unknown) => Problem> = {
  text: problemOfText,
  longText: problemOfText,
  number: problemOfNumber,
  code: ({ codes }, value) =>
    codes.some((code) => code.value === value) ? null : "must be one of the list",
  codes: problemOfCodes,
  flag: (_, value) => (typeof value === "boolean" ? null : "must be on or off"),
  date: problemOfDate,
};

function problemOfText({ minLength = 0, maxLength, pattern, description }: Field, value: unknown) {
  const text = String(value).trim();
  // The service counts characters, not UTF-16 units.
  const { length } = [...text];
  if (length < minLength || length > (maxLength ?? Infinity)) {
    if (maxLength === undefined) return `must be at least ${minLength} characters long`;
    const bounds = minLength > 1 ? `${minLength} to ${maxLength}` : `at most ${maxLength}`;
    return `must be ${bounds} characters long`;
  }
  if (pattern === undefined || matches(pattern, text)) return null;
  if (pattern.startsWith("^[^")) return "has characters that are not allowed";
  const form = description.replace(/\.$/, "");
  return form ? `does not have the right form (${form})` : "does not have the right form";
}

/** A pattern that browsers do not know is left to the service. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return true;
  }
}

function problemOfNumber(field: Field, value: unknown): Problem {
  const { minimum, maximum, above, below, decimals } = field;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return `must be a number, such as ${decimals === 0 ? "12" : "12.5"}`;
  }
  if (minimum !== undefined && maximum !== undefined && (value < minimum || value > maximum)) {
    return `must be between ${minimum} and ${maximum}`;
  }
  if (minimum !== undefined && value < minimum) return `must be at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `must be at most ${maximum}`;
  if (above !== undefined && value <= above) return `must be above ${above}`;
  if (below !== undefined && value >= below) return `must be below ${below}`;
  if (decimals === undefined || decimalsOf(value) <= decimals) return null;
  return decimals === 0 ? "must be a whole number" : `must have at most ${decimals} decimals`;
}

function decimalsOf(value: number): number {
  const [digits = "", exponent = "0"] = String(value).split("e");
  return Math.max(0, (digits.split(".")[1] ?? "").length - Number(exponent));
}

function problemOfCodes({ codes, maxItems = Infinity }: Field, value: unknown): Problem {
  if (!Array.isArray(value)) return "must be a list";
  if (value.length > maxItems) return `may have at most ${maxItems} entries`;
  const known = new Set<unknown>(codes.map((code) => code.value));
  return value.every((each) => known.has(each)) ? null : "must be of the list";
}

function problemOfDate(_: Field, value: unknown): Problem {
  if (value === UNFINISHED) return "is not finished: give day, month and year, or none of them";
  return isDay(String(value)) ? null : "must be a calendar date, YYYY-MM-DD";
}

function isDay(text: string): boolean {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : null;
  return day !== null && !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(text);
}
