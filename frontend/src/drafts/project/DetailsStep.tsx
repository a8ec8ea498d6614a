import { useDraftClient } from "assembly-service-client/drafts";
import { FormField } from "../shared";
import { groupsOf } from "./groups";
import { problemOfStart } from "./startDate";
import type { StepProps } from "./stepProps";

/** What help the names of the fields do not give. */
const HINTS: Record<string, string> = {
  numberOfFloors: "One, if you leave it empty.",
  numberOfZones: "One, if you leave it empty.",
  clientName: "The name of the project, if you leave it empty.",
  estimatedStartDate: "Today or later, in UTC.",
  priority: "Medium, if you choose none.",
};

/** What the project is, for whom, when, and at what cost. */
export function DetailsStep({ form, fields }: StepProps) {
  const { now } = useDraftClient();
  return groupsOf(fields).map(({ title, members }) => (
    <fieldset key={title} className="fieldset">
      <legend>{title}</legend>
      <div className="fields">
        {members.map((field) => (
          <FormField
            key={field.name}
            control={form.control}
            name={field.name}
            field={field}
            hint={HINTS[field.name] ?? ""}
            check={(value) =>
              field.name === "estimatedStartDate" ? problemOfStart(value, now()) : null
            }
          />
        ))}
      </div>
    </fieldset>
  ));
}
