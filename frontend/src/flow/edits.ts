import type { Edit } from "./api/types";

const MOST_PATHS = 200;

/** Edits as JSON. A value that is JSON goes out digit by digit as it was typed, else as a text. */
export function editsJson(edits: readonly Edit[]): string {
  const each = edits.map(({ path, value }) => {
    const exact = isJson(value) ? value : JSON.stringify(value);
    return `{"path":${JSON.stringify(path.trim())},"value":${exact}}`;
  });
  return `[${each.join(",")}]`;
}

/** The event in a body, out of its SNS envelope; undefined if it is no JSON. */
export function eventOf(body: string): unknown {
  const outer = parsed(body);
  if (typeof outer !== "object" || outer === null) return outer;
  const { Type: type, Message: message } = outer as Record<string, unknown>;
  return type === "Notification" && typeof message === "string" ? parsed(message) : outer;
}

/** The fields of an event that hold a single value, each by the path that names it in an edit. */
export function fieldsOf(event: unknown): Map<string, string> {
  const fields = new Map<string, string>();
  collect(event, "", fields);
  return fields;
}

/** The field that a refusal names first, as in `thumbnails[0].quality_score: must be at most 1`. */
export function brokenField(detail: string | null): string {
  const [, path = ""] = /^([\w.[\]-]+): /.exec(detail ?? "") ?? [];
  return path.replace(/\[(\d+)\]/g, ".$1");
}

function collect(value: unknown, path: string, fields: Map<string, string>): void {
  if (fields.size >= MOST_PATHS) return;
  if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      collect(inner, path === "" ? name : `${path}.${name}`, fields);
    }
  } else if (path !== "") {
    fields.set(path, JSON.stringify(value));
  }
}

function isJson(text: string): boolean {
  return parsed(text) !== undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
