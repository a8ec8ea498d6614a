import type { Field } from "./fields";
import { isEmpty } from "./problems";

export type Values = Readonly<Record<string, unknown>>;

/** What has to be sent to change a record; null takes a value away. */
export function changesOf(
  fields: readonly Field[],
  from: Values,
  to: Values,
): Record<string, unknown> {
  const changed = fields.filter((field) => !isSame(from[field.name], to[field.name]));
  return Object.fromEntries(changed.map(({ name }) => [name, stored(to[name])]));
}

/** What became of a field that somebody changed. */
export interface FieldChange {
  readonly field: Field;
  readonly before: unknown;
  readonly theirs: unknown;
  readonly mine: unknown;
  /** `both`: differently, so that somebody has to choose. */
  readonly changedBy: "me" | "them" | "both";
}

/** What two people changed in the same record, without what they changed alike. */
export function fieldChanges(
  fields: readonly Field[],
  before: Values,
  mine: Values,
  theirs: Values,
): FieldChange[] {
  return fields.flatMap((field) => {
    const [was, my, their] = [before, mine, theirs].map((values) => values[field.name]);
    const isMine = !isSame(was, my);
    const isTheirs = !isSame(was, their);
    if (isSame(my, their) || !(isMine || isTheirs)) return [];
    const changedBy = isMine && isTheirs ? "both" : isMine ? "me" : "them";
    return [{ field, before: was, theirs: their, mine: my, changedBy }];
  });
}

/** A record as somebody wants it who has chosen: the latest with their own changes. */
export function merged(
  theirs: Values,
  changes: readonly FieldChange[],
  takesMine: ReadonlySet<string>,
): Values {
  const kept = changes.filter(
    ({ field, changedBy }) => changedBy === "me" || (changedBy === "both" && takesMine.has(field.name)),
  );
  return { ...theirs, ...Object.fromEntries(kept.map(({ field, mine }) => [field.name, mine])) };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(stored(one)) === JSON.stringify(stored(other));
}

/** As the service stores it: texts are trimmed, codes are in order, and nothing is null. */
function stored(value: unknown): unknown {
  if (isEmpty(value)) return null;
  if (typeof value === "string") return value.trim();
  if (!Array.isArray(value)) return value;
  return [...value].sort((one, other) => Number(one) - Number(other));
}
