import type { Figure } from "./api/types";

const NUMBER = new Intl.NumberFormat();
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "medium",
});
const UNITS = [
  { unit: "d", ms: 86_400_000 },
  { unit: "h", ms: 3_600_000 },
  { unit: "min", ms: 60_000 },
  { unit: "s", ms: 1_000 },
];

/** A number, or a question mark for one that cannot be read at the moment. */
export function figure(value: Figure | undefined): string {
  return value === null || value === undefined ? "?" : NUMBER.format(value);
}

/** As in `1 product`, `2 products`. */
export function counted(value: Figure | undefined, one: string, many = `${one}s`): string {
  return `${figure(value)} ${value === 1 ? one : many}`;
}

/** How long, in its largest unit: `45 s`, `3 min`, `2 h`, `5 d`. */
export function span(milliseconds: number): string {
  const { unit, ms } = UNITS.find((each) => milliseconds >= each.ms) ?? { unit: "s", ms: 1_000 };
  return `${Math.max(0, Math.floor(milliseconds / ms))} ${unit}`;
}

/** How long between an instant and a later one. */
export function age(instant: string, now: string): string {
  return span(Date.parse(now) - Date.parse(instant));
}

export function time(instant: string | number): string {
  return TIME.format(new Date(instant));
}

/** With its day, in the zone of whoever reads it. */
export function dayAndTime(instant: string): string {
  return DAY_AND_TIME.format(new Date(instant));
}

/** The words of an identifier, as in `not JSON`. */
export function words(identifier: string): string {
  return identifier.replaceAll("_", " ").replace(/\bjson\b/, "JSON");
}

/** The sum of figures; unknown if one of them is. */
export function sum(...figures: Figure[]): Figure {
  const known = figures.filter((each) => each !== null);
  return known.length < figures.length ? null : known.reduce((all, each) => all + each, 0);
}
