import type { ProjectSession } from "assembly-service-client/drafts";
import type { FieldSet } from "../shared";
import type { ProjectForm } from "./useProjectForm";

export interface StepProps {
  readonly session: ProjectSession;
  readonly fields: FieldSet;
  readonly form: ProjectForm;
}
