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
export function EducationForm({ work }: { work: Registration }) {
  const { next } = work;
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
              <Input key={name} work={work} name={name} />
            ))}
          </div>
        </fieldset>
      ))}
      <SampleAccounts work={work} />
      <NextButtons work={work} />
    </form>
  );
}

function Input({ work, name }: { work: Registration; name: Name }) {
  const { form, fields } = work;
  return <FormField control={form.control} name={name} field={fields.get(name)} />;
}
