/** What is noted of a file. */
export interface ProjectDocument {
  readonly id: string;
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly type: string;
  readonly url: string;
  readonly status: string;
}

/** Offered by the file picker; the service has the last word. */
export const EXTENSIONS = [".pdf", ".doc", ".docx", ".zip", ".png", ".jpg", ".jpeg"];

/** The same file, chosen again, replaces itself. */
export function withFiles(documents: readonly ProjectDocument[], files: readonly File[]) {
  const added = files.map(({ name, size, type }) => {
    return { id: `${name}, ${size}`, name, size, type, url: "", status: "success" };
  });
  const ids = new Set(added.map(({ id }) => id));
  return [...documents.filter(({ id }) => !ids.has(id)), ...added];
}

/** As in `1.5 MB`. */
export function sizeText(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB"];
  let value = bytes;
  while (value >= 1024 && units.length > 1) {
    value /= 1024;
    units.shift();
  }
  return `${value.toLocaleString([], { maximumFractionDigits: 1 })} ${units[0]}`;
}
