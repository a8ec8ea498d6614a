"use client";

import { useState, useSyncExternalStore } from "react";
import { EducationRegistration } from "../education/registration.js";
import { type EducationSnapshot, NO_REGISTRATION } from "../education/state.js";
import { useDraftClient } from "./provider.js";

type Members =
  | "stage"
  | "update"
  | "validate"
  | "determineCategory"
  | "linkAccount"
  | "create"
  | "executeWorkflow"
  | "doNext"
  | "cancel"
  | "discard"
  | "resume"
  | "list";

export interface UsedEducationRegistration
  extends EducationSnapshot,
    Pick<EducationRegistration, Members> {}

/** An education that is registered step by step, while the component is mounted. */
export function useEducationRegistration(): UsedEducationRegistration {
  const client = useDraftClient();
  const [registration] = useState(() => new EducationRegistration(client));
  const snapshot = useSyncExternalStore(
    registration.subscribe,
    registration.getSnapshot,
    () => NO_REGISTRATION,
  );
  const { stage, update, validate, determineCategory, linkAccount } = registration;
  const { create, executeWorkflow, doNext, cancel, discard, resume, list } = registration;
  return {
    ...snapshot,
    ...{ stage, update, validate, determineCategory, linkAccount },
    ...{ create, executeWorkflow, doNext, cancel, discard, resume, list },
  };
}
