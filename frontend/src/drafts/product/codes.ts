const LONGEST = 255;

/**
 * The code that follows one that is taken: its number goes up, other codes get one.
 *
 * Four digits are a year, which is left as it is. PROD-000123 becomes PROD-000124, and CUP-2026
 * becomes CUP-2026-2.
 */
export function nextCode(code: string): string {
  const [, before = "", digits = ""] = /^(.*?)(\d*)$/s.exec(code) ?? [];
  const isYear = /^[12]\d{3}$/.test(digits);
  if (digits === "" || isYear) return `${code.slice(0, LONGEST - 2)}-2`;
  const next = String(BigInt(digits) + 1n).padStart(digits.length, "0");
  return `${before.slice(0, LONGEST - next.length)}${next}`;
}
