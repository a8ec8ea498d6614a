import type { components } from "../../../../clients/typescript/src/openapi";

export type AudienceInput = components["schemas"]["AudienceTargetInput"];
export type Criterion = keyof AudienceInput;
export type AudienceValues = Partial<Record<Criterion, number[]>>;

/** Whether a person has to fit one of the criteria, or all of them. */
export type MatchMode = "any" | "all";

/** What is asked of a field of the target: its name for people, and what can be chosen. */
export interface CriterionChoices {
  readonly title: string;
  readonly codes: readonly { readonly value: number; readonly label: string }[];
}

/** Every criterion below the heading under which people look for it. */
export const CRITERIA: Record<string, readonly Criterion[]> = {
  Account: ["osot_account_group"],
  "Where they are": ["osot_province", "osot_membership_city"],
  "Who they are": ["osot_gender", "osot_indigenous_details", "osot_language", "osot_race"],
  Membership: ["osot_membership_category", "osot_eligibility_affiliate"],
  Affiliates: ["osot_affiliate_area", "osot_affiliate_province", "osot_affiliate_city"],
  Employment: [
    "osot_employment_status",
    "osot_role_description",
    "osot_practice_years",
    "osot_work_hours",
    "osot_position_funding",
    "osot_employment_benefits",
    "osot_earnings",
    "osot_earnings_selfdirect",
    "osot_earnings_selfindirect",
  ],
  Practice: [
    "osot_practice_area",
    "osot_practice_services",
    "osot_practice_settings",
    "osot_client_age",
  ],
  Preferences: [
    "osot_membership_search_tools",
    "osot_practice_promotion",
    "osot_psychotherapy_supervision",
    "osot_third_parties",
  ],
  "Education, occupational therapists": [
    "osot_coto_status",
    "osot_ot_grad_year",
    "osot_ot_university",
  ],
  "Education, assistants": ["osot_ota_grad_year", "osot_ota_college"],
};

export const CRITERION_FIELDS = Object.values(CRITERIA).flat();

/** The body of a target, without the criteria that are off. */
export function audienceInput(values: AudienceValues): AudienceInput {
  const on = Object.entries(values).filter(([, codes]) => codes.length > 0);
  return Object.fromEntries(on) as AudienceInput;
}

/** A criterion that is on. */
export interface Chosen {
  readonly name: Criterion;
  readonly title: string;
  readonly labels: readonly string[];
  /** How many there are to choose from. */
  readonly outOf: number;
}

/** The criteria that are on, in the order of the headings. */
export function chosenIn(
  values: AudienceValues,
  choicesOf: (name: Criterion) => CriterionChoices,
): Chosen[] {
  return CRITERION_FIELDS.flatMap((name) => {
    const codes = values[name] ?? [];
    if (codes.length === 0) return [];
    const choices = choicesOf(name);
    const labels = choices.codes.filter(({ value }) => codes.includes(value));
    return [
      { name, title: choices.title, labels: labels.map(({ label }) => label), outOf: choices.codes.length },
    ];
  });
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
