/**
 * The number in a text, null if the text is empty, or the text if it is no number.
 *
 * A comma before one or two last digits is a decimal point; before three it may separate thousands.
 */
export function numberIn(text: string): number | string | null {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  const pointed = trimmed.replace(/^(-?\d+),(\d{1,2})$/, "$1.$2");
  return /^-?(\d+\.?\d*|\.\d+)$/.test(pointed) ? Number(pointed) : text;
}
