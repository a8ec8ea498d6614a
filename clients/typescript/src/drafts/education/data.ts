import type { EducationInput, EducationSession } from "./state.js";

const FIRST_SINGLE_YEAR = 1980;
const CODE_TO_YEAR = 1976;
/** What is stored if it is not given. */
const DEFAULTS = { cotoRegistration: null, notes: null, accessModifier: 3 };

/** Whether a session stores this: texts without the blanks around them, years as their codes. */
export function isSameEducation(
  stored: EducationSession["data"],
  education: EducationInput,
): boolean {
  const given = Object.entries({ ...DEFAULTS, ...education });
  return given.every(([name, value]) => {
    const kept = (stored as Readonly<Record<string, unknown>>)[name];
    return comparable(name, kept) === comparable(name, value);
  });
}

function comparable(name: string, value: unknown): unknown {
  if (typeof value === "string") {
    const text = value.trim();
    return (name === "cotoRegistration" ? text.toUpperCase() : text) || null;
  }
  const isYear = name === "graduationYear" && Number(value) >= FIRST_SINGLE_YEAR;
  return isYear ? Number(value) - CODE_TO_YEAR : (value ?? null);
}
