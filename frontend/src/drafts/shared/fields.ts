import type { JsonSchema, Described } from "./queries";

export type FieldKind = "text" | "longText" | "number" | "code" | "codes" | "flag" | "date";

export interface Code {
  readonly value: number | string;
  readonly label: string;
}

/** One field of a form, as the service describes it. */
export interface Field {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** What it belongs to, as a heading; empty if to nothing in particular. */
  readonly group: string;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  readonly codes: readonly Code[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** The value must be larger. */
  readonly above?: number;
  /** The value must be smaller. */
  readonly below?: number;
  readonly decimals?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  /** As in JSON Schema; `email` has a keyboard of its own on phones. */
  readonly format?: string;
  readonly default?: unknown;
}

/** The fields of a form, in the order of the service. */
export class FieldSet {
  readonly all: readonly Field[];
  readonly #byName: ReadonlyMap<string, Field>;

  constructor(all: readonly Field[]) {
    this.all = all;
    this.#byName = new Map(all.map((field) => [field.name, field]));
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Throws if the service has no such field. */
  get(name: string): Field {
    const field = this.#byName.get(name);
    if (field === undefined) throw new Error(`the service describes no field ${name}`);
    return field;
  }
}

/** The fields of a schema that a form can show; null if the service has no such schema. */
export function fieldsOf(document: Described, schemaName: string): FieldSet | null {
  const { schemas } = document.components;
  const schema = schemas[schemaName];
  if (schema === undefined) return null;
  const stricter = schema["x-when-committed"];
  const required = [...(schema.required ?? []), ...(stricter?.required ?? [])];
  const all = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const whole = { ...property, ...stricter?.properties?.[name] };
    const field = fieldOf(name, whole, required.includes(name), schemas);
    return field === null ? [] : [field];
  });
  return new FieldSet(all);
}

type Schemas = Described["components"]["schemas"];

function fieldOf(
  name: string,
  schema: JsonSchema,
  isRequired: boolean,
  schemas: Schemas,
): Field | null {
  const value = valueOf(schema, schemas);
  const kind = kindOf(value, schemas);
  if (kind === null) return null;
  const item = kind === "codes" && value.items ? valueOf(value.items, schemas) : value;
  const decimals = value.type === "integer" ? 0 : value["x-decimals"];
  const bounds = {
    minLength: value.minLength,
    maxLength: value.maxLength,
    minimum: value.minimum,
    maximum: value.maximum,
    above: value.exclusiveMinimum,
    below: value.exclusiveMaximum,
    decimals,
    maxItems: value.maxItems,
    pattern: value.pattern,
    format: value.format,
    default: schema.default,
  };
  return {
    name,
    title: schema.title ?? wordsOf(name),
    description: schema.description ?? "",
    group: schema["x-group"] ?? "",
    kind,
    isRequired,
    codes: codesOf(item),
    ...(Object.fromEntries(
      Object.entries(bounds).filter(([, bound]) => bound !== undefined),
    ) as Partial<Field>),
  };
}

/** What a value is when it is there: null, an empty text and what a draft may hold too are left out. */
function valueOf(schema: JsonSchema, schemas: Schemas): JsonSchema {
  const { anyOf, ...outer } = schema;
  const inner = anyOf?.find(({ type }) => type !== "null") ?? {};
  const { $ref, ...rest } = { ...inner, ...outer };
  return $ref === undefined ? rest : { ...schemas[$ref.split("/").at(-1) ?? ""], ...rest };
}

const LONG_TEXT = 300;

function kindOf(schema: JsonSchema, schemas: Schemas): FieldKind | null {
  if (schema.enum !== undefined) return "code";
  const type = [schema.type ?? []].flat().find((each) => each !== "null");
  switch (type) {
    case "array": {
      const isCodes = schema.items && valueOf(schema.items, schemas).enum !== undefined;
      return isCodes ? "codes" : null;
    }
    case "boolean":
      return "flag";
    case "integer":
    case "number":
      return "number";
    case "string":
      if (schema.format === "date") return "date";
      return isLong(schema) ? "longText" : "text";
    default:
      return null;
  }
}

function isLong({ maxLength = 0, pattern, format }: JsonSchema): boolean {
  return maxLength > LONG_TEXT && pattern === undefined && format === undefined;
}

/** With the service's own labels, else with its names as words: `AILSA_CRAIG` is "Ailsa Craig". */
function codesOf(schema: JsonSchema): readonly Code[] {
  const labels = schema["x-enum-descriptions"];
  const names = schema["x-enum-varnames"];
  return (schema.enum ?? []).map((value, index) => ({
    value,
    label: labels?.[index] ?? wordsOf(names?.[index] ?? String(value)),
  }));
}

function wordsOf(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join(" ");
}
