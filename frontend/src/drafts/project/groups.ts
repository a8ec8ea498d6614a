import type { Field, FieldSet } from "../shared";
import { stepOf } from "./steps";

export interface Group {
  readonly title: string;
  readonly members: readonly Field[];
}

const TITLES = ["The building", "The client", "The plan"];
const CLIENT = /^client/;
const PLAN = new Set(["estimatedStartDate", "estimatedEndDate", "budget", "priority"]);

/** The fields of the details, those that belong together in a group. */
export function groupsOf(fields: FieldSet): Group[] {
  const details = fields.all.filter(({ name }) => stepOf(name) === 1);
  return TITLES.map((title, index) => {
    const members = details.filter(({ name }) => groupOf(name) === index);
    // A long text takes a row of its own: below the others it leaves no gaps.
    const long = members.filter(({ kind }) => kind === "longText");
    return { title, members: [...members.filter((field) => !long.includes(field)), ...long] };
  });
}

/** The fields of a step, in the order of the page. */
export function namesOf(step: number, fields: FieldSet): string[] {
  if (step === 2) return ["uploadedFiles"];
  if (step === 3) return ["aiSourcing", "connectors"];
  return groupsOf(fields).flatMap(({ members }) => members.map(({ name }) => name));
}

function groupOf(name: string): number {
  if (CLIENT.test(name)) return 1;
  return PLAN.has(name) ? 2 : 0;
}
