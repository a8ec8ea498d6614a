import {
  type EducationInput,
  type EducationSession,
  isSameEducation,
} from "assembly-service-client/drafts";
import { type Field, FieldSet } from "../shared/fields";

/** What the form holds: codes, null where nothing was chosen. */
export interface EducationValues {
  userBusinessId: string;
  cotoStatus: number | null;
  cotoRegistration: string;
  degreeType: number | null;
  university: number | null;
  /** A year, or what was typed in place of one. */
  graduationYear: number | string | null;
  country: number | null;
  notes: string;
  accessModifier: number | null;
  accountId: string;
}

/** What most members choose. */
export const EMPTY: EducationValues = {
  userBusinessId: "",
  cotoStatus: null,
  cotoRegistration: "",
  degreeType: 3,
  university: null,
  graduationYear: null,
  country: 1,
  notes: "",
  accessModifier: 3,
  accountId: "",
};

const ACCOUNT: Field = {
  name: "accountId",
  title: "Account",
  description: "The id of the member's account, for the last steps.",
  group: "",
  kind: "text",
  isRequired: false,
  codes: [],
  pattern: "^\\s*[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\\s*$",
};
const HINTS: Partial<Record<keyof EducationValues, Partial<Field>>> = {
  userBusinessId: { title: "Member id", description: "Such as osot-0000123." },
  cotoRegistration: { description: "Only with the status General or Provisional/Temporary." },
  graduationYear: {
    description: "Before 1980 only the decade is kept.",
    minimum: 1950,
    maximum: 9999,
  },
  notes: { description: "" },
  accessModifier: { title: "Who may see it", description: "" },
};

/** The fields of the form: the service's, with the year as people write it, and the account. */
export function formFields(described: FieldSet): FieldSet {
  const fields = described.all.map((field) => ({
    ...field,
    ...HINTS[field.name as keyof EducationValues],
  }));
  return new FieldSet([...fields, ACCOUNT]);
}

/** The data to send, of values that were checked; null for what is not given. */
export function inputOf(values: EducationValues): EducationInput {
  const { accountId: _, ...education } = values;
  const texts = {
    userBusinessId: education.userBusinessId.trim(),
    cotoRegistration: education.cotoRegistration.trim() || null,
    notes: education.notes.trim() || null,
  };
  const graduationYear = codeOf(Number(education.graduationYear));
  return { ...education, ...texts, graduationYear } as EducationInput;
}

/** What the form holds of a stored session. */
export function valuesOf({ data, accountId = "" }: EducationSession): EducationValues {
  return {
    userBusinessId: data.userBusinessId,
    cotoStatus: data.cotoStatus,
    cotoRegistration: data.cotoRegistration ?? "",
    degreeType: data.degreeType,
    university: data.university,
    graduationYear: yearOf(data.graduationYear),
    country: data.country,
    notes: data.notes ?? "",
    accessModifier: data.accessModifier,
    accountId,
  };
}

/** Whether the form holds other data than the session. */
export function isChanged(values: EducationValues, session: EducationSession): boolean {
  return !isSameEducation(session.data, inputOf(values));
}

const FIRST_SINGLE_YEAR = 1980;
const CODE_TO_YEAR = 1976;
/** Below their codes, from 1 on: what the service takes the periods for. */
const PERIODS = [1959, 1965, 1975];

/** From 1980 on a code is a year less 1976; before that it is a period. */
function codeOf(year: number): number {
  if (year >= FIRST_SINGLE_YEAR) return year - CODE_TO_YEAR;
  if (year >= 1970) return 3;
  return year >= 1960 ? 2 : 1;
}

function yearOf(code: number): number {
  return PERIODS[code - 1] ?? code + CODE_TO_YEAR;
}
