const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const CENTS = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

/** Prices have no currency: a caption says only the number. */
export function price(value: number): string {
  return (Number.isInteger(value) ? WHOLE : CENTS).format(value);
}

export function time(at: number): string {
  return TIME.format(at);
}

export function date(iso: string): string {
  return DATE.format(new Date(iso));
}

/** A place in a video, as in `1:05`. */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
