import { DraftError } from "assembly-service-client/drafts";
import type { FieldPath, FieldValues, UseFormSetError } from "react-hook-form";
import type { FieldSet } from "./fields";
import { asSentence } from "./words";

/** Where mistakes are put that belong to no field. */
export const ROOT = "root.service";

/**
 * Whether the person who is signed in may not do what failed. Pages say who may, and offer no way on to
 * what would be refused again.
 */
export function isForbidden(error: unknown): error is DraftError {
  return error instanceof DraftError && error.status === 403;
}

/**
 * Puts the service's errors at their fields and the focus on the first. What belongs to no field
 * is put at `ROOT`. With `fields`, sentences call the fields by their titles.
 *
 * Returns the names of the fields, in the order of the service.
 */
export function showErrors<Values extends FieldValues>(
  setError: UseFormSetError<Values>,
  error: DraftError,
  fields: FieldSet | null = null,
): string[] {
  const names = Object.keys(error.fields);
  for (const [index, name] of names.entries()) {
    const message = asSentence(withTitle(error.fields[name] ?? "", name, fields));
    setError(name as FieldPath<Values>, { type: "service", message }, { shouldFocus: index === 0 });
  }
  const atFields = Object.values(error.fields);
  const others = error.errors.filter((sentence) => !atFields.includes(sentence));
  if (others.length > 0) setError(ROOT, { type: "service", message: others.map(asSentence).join(" ") });
  return names;
}

function withTitle(sentence: string, name: string, fields: FieldSet | null): string {
  return fields?.has(name) ? sentence.replaceAll(name, fields.get(name).title) : sentence;
}
