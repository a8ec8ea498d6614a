import type { FieldSet } from "../shared";
import { valueInWords } from "../shared/words";

const LISTS: Partial<Record<string, string>> = { uploadedFiles: "Documents", connectors: "Sources" };

/** What people call a field of a project. */
export function titleOf(name: string, fields: FieldSet): string {
  return LISTS[name] ?? (fields.has(name) ? fields.get(name).title : name);
}

/** The value of a field of a project as people read it; of a list, the names. */
export function textOf(name: string, value: unknown, fields: FieldSet): string {
  if (Array.isArray(value) && value.length > 0) return value.map(nameOf).join(", ");
  if (fields.has(name)) return valueInWords(fields.get(name), value);
  return Array.isArray(value) ? "–" : String(value ?? "–");
}

function nameOf({ name, type }: { name?: string; type?: string }): string {
  return name ?? type ?? "–";
}
