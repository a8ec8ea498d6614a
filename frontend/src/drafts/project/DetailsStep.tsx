import { FormField } from "../shared";
import type { StepProps } from "./stepProps";
import { stepOf } from "./steps";

/** What the project is, where, when, and for whom. */
export function DetailsStep({ form, fields }: StepProps) {
  return (
    <div className="fields">
      {fields.all
        .filter(({ name }) => stepOf(name) === 1)
        .map((field) => (
          <FormField key={field.name} control={form.control} name={field.name} field={field} />
        ))}
    </div>
  );
}
