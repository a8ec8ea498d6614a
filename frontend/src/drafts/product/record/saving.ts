import { type CatalogueProduct, type DraftAnswer, DraftError } from "assembly-service-client/drafts";
import type { FieldSet } from "../../shared";
import { changesOf, type FieldChange, fieldChanges, type Values } from "../../shared/changes";

/** A stored product; `tag` is its version. */
export type Version = DraftAnswer<CatalogueProduct>;

/** A part of a stored product that people change by itself. */
export interface StoredPart {
  readonly fields: FieldSet;
  readonly valuesOf: (product: CatalogueProduct) => Values;
  readonly save: (changes: Record<string, unknown>, ifMatch: string) => Promise<Version>;
  readonly read: () => Promise<Version>;
}

/** What somebody else stored meanwhile, and how each field differs. */
export interface Conflict {
  readonly version: Version;
  readonly changes: readonly FieldChange[];
}

export type Outcome =
  | { readonly kind: "saved"; readonly version: Version }
  | { readonly kind: "unchanged" }
  | { readonly kind: "conflict"; readonly conflict: Conflict }
  | { readonly kind: "refused"; readonly error: DraftError };

const VERSION_MISSING = new DraftError({
  status: 428,
  code: "version_missing",
  message:
    "Nothing was saved: the product came without its ETag, so that saving could overwrite what " +
    "somebody else changed. Ask whoever runs this service to let the ETag header through",
});

/** Save what was changed since a version, never over what somebody else has stored meanwhile. */
export async function saveChanges(part: StoredPart, from: Version, mine: Values): Promise<Outcome> {
  const changes = changesOf(part.fields.all, part.valuesOf(from.body), mine);
  if (Object.keys(changes).length === 0) return { kind: "unchanged" };
  if (from.tag === undefined) return { kind: "refused", error: VERSION_MISSING };
  try {
    return { kind: "saved", version: await part.save(changes, from.tag) };
  } catch (error) {
    if (!(error instanceof DraftError)) throw error;
    return error.status === 412
      ? saveOverAnother(part, from, mine, error)
      : { kind: "refused", error };
  }
}

/** What to do with a change that was refused because another version is stored by now. */
async function saveOverAnother(
  part: StoredPart,
  from: Version,
  mine: Values,
  refused: DraftError,
): Promise<Outcome> {
  const { fields, valuesOf } = part;
  let version: Version;
  try {
    version = await part.read();
  } catch (error) {
    if (!(error instanceof DraftError)) throw error;
    return { kind: "refused", error };
  }
  const changes = fieldChanges(fields.all, valuesOf(from.body), mine, valuesOf(version.body));
  // Only the answer was lost, or somebody else changed the same to the same.
  if (changes.every(({ changedBy }) => changedBy === "them")) return { kind: "saved", version };
  if (changes.some(({ changedBy }) => changedBy !== "me")) {
    return { kind: "conflict", conflict: { version, changes } };
  }
  // Only other parts of the product were changed, unless its version is not the service's own.
  return version.tag === from.tag
    ? { kind: "refused", error: refused }
    : saveChanges(part, version, mine);
}
