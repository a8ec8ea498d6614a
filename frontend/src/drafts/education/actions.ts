import type { EducationAction, EducationSession } from "assembly-service-client/drafts";
import type { Step } from "../shared";

/** What is on the button of the next action. */
export const ACTIONS: Record<EducationAction, string> = {
  stage_data: "Save the data",
  validate_education: "Check all rules",
  determine_category: "Determine the category",
  link_account: "Link the account",
  create_record: "Create the record",
  complete_workflow: "Complete the registration",
};

type Status = EducationSession["status"];

/** What the status means to people. */
export const STATUSES: Record<Status, string> = {
  pending: "The data is saved, and some of it has to be corrected.",
  staged: "The data is saved.",
  validated: "The data follows all rules.",
  category_determined: "The category is determined.",
  account_linked: "The account is linked. The record can be created.",
  creation_failed: "The record was not created. It can be tried again.",
  education_created: "The record is created.",
  workflow_completed: "The registration is complete.",
};

/** The same in a list. */
export const SHORT_STATUSES: Record<Status, string> = {
  pending: "to be corrected",
  staged: "saved",
  validated: "checked",
  category_determined: "category determined",
  account_linked: "account linked",
  creation_failed: "not created",
  education_created: "created",
  workflow_completed: "complete",
};

const STEPS = [
  ["staged", "Data"],
  ["validated", "Check"],
  ["categoryDetermined", "Category"],
  ["accountLinked", "Account"],
  ["persisted", "Record"],
] as const;

/** How far a session is. */
export function stepsOf(session: EducationSession | null): Step[] {
  const current = STEPS.find(([key]) => !session?.progress[key])?.[0];
  return STEPS.map(([key, label]) => ({
    key,
    label,
    state: session?.progress[key] ? "done" : key === current ? "current" : "open",
  }));
}
