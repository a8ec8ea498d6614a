import { FormField } from "../shared";
import type { EducationValues } from "./educationForm";
import { NextButtons } from "./NextButtons";
import { SampleAccounts } from "./SampleAccounts";
import type { Registration } from "./useRegistration";

type Name = keyof EducationValues;

const GROUPS: readonly (readonly [legend: string, names: readonly Name[]])[] = [
  ["Member", ["userBusinessId", "cotoStatus", "cotoRegistration"]],
  ["Education", ["degreeType", "university", "country", "graduationYear"]],
  ["More", ["accountId", "accessModifier", "notes"]],
];

/** The data of the education, and what to do next with it. */
export function EducationForm({ registration }: { registration: Registration }) {
  const { next } = registration;
  return (
    <form
      className="education-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        next();
      }}
    >
      {GROUPS.map(([legend, names]) => (
        <fieldset key={legend} className="fieldset">
          <legend>{legend}</legend>
          <div className="fields">
            {names.map((name) => (
              <Input key={name} registration={registration} name={name} />
            ))}
          </div>
        </fieldset>
      ))}
      <SampleAccounts registration={registration} />
      <NextButtons registration={registration} />
    </form>
  );
}

function Input({ registration, name }: { registration: Registration; name: Name }) {
  const { form, fields } = registration;
  return <FormField control={form.control} name={name} field={fields.get(name)} />;
}
