import type { AudienceTargetInput } from "assembly-service-client/drafts";
import type { Field } from "../shared";

export type Criterion = keyof AudienceTargetInput;
export type AudienceValues = Partial<Record<Criterion, number[]>>;

/** Whether a person has to fit one of the criteria, or all of them. */
export type MatchMode = "any" | "all";

/** The body of a target, without the criteria that are off. */
export function audienceInput(values: AudienceValues): AudienceTargetInput {
  const on = Object.entries(values).filter(([, codes]) => codes.length > 0);
  return Object.fromEntries(on) as AudienceTargetInput;
}

/** A criterion that is on. */
export interface Chosen {
  readonly title: string;
  readonly labels: readonly string[];
  /** How many there are to choose from. */
  readonly outOf: number;
}

/** The criteria that are on, in the order of the fields. */
export function chosenIn(values: AudienceValues, fields: readonly Field[]): Chosen[] {
  return fields.flatMap(({ name, title, codes }) => {
    const chosen: readonly unknown[] = values[name as Criterion] ?? [];
    const labels = codes.filter(({ value }) => chosen.includes(value)).map(({ label }) => label);
    return labels.length === 0 ? [] : [{ title, labels, outOf: codes.length }];
  });
}

/** The criteria below the headings under which people look for them. */
export function groupsOf(fields: readonly Field[]): [heading: string, fields: Field[]][] {
  const groups = new Map<string, Field[]>();
  for (const field of fields) {
    const heading = asSentence(field.group);
    groups.set(heading, [...(groups.get(heading) ?? []), field]);
  }
  return [...groups];
}

/** "Account Group" becomes "Account group", as other headings are written; "Education OT" stays. */
function asSentence(name: string): string {
  return name.replace(/ [A-Z](?=[a-z])/g, (start) => start.toLowerCase());
}

/** Who will see the product, in a sentence. */
export function audienceSentence(chosen: readonly Chosen[], mode: MatchMode): string {
  if (chosen.length === 0) return "Everyone will see this product.";
  const parts = chosen.map(({ title, labels }) => `${uncapitalised(title)} ${listed(labels)}`);
  if (parts.length === 1) return `Only people with this will see it: ${parts[0]}.`;
  const how = mode === "any" ? "at least one" : "all";
  return `Only people with ${how} of these will see it: ${parts.join("; ")}.`;
}

/** How much is chosen, in a few words. */
export function audienceCount(chosen: readonly Chosen[]): string {
  const values = chosen.reduce((sum, { labels }) => sum + labels.length, 0);
  return `${counted(chosen.length, "criterion", "criteria")}, ${counted(values, "value", "values")}`;
}

const MOST_NAMED = 4;

function listed(labels: readonly string[]): string {
  const named = labels.length > MOST_NAMED + 1 ? labels.slice(0, MOST_NAMED) : labels;
  const more = labels.length - named.length;
  const all = more > 0 ? [...named, `${more} more`] : named;
  return new Intl.ListFormat("en-GB", { type: "disjunction" }).format(all);
}

/** "City" becomes "city"; "COTO status" stays. */
function uncapitalised(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
