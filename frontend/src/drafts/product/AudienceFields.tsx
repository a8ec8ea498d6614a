import { useState } from "react";
import { Input, Label, SearchField, useFilter } from "react-aria-components";
import type { Control, FieldPath, FieldValues } from "react-hook-form";
import { CodesPicker, type FieldSet } from "../shared";
import { groupsOf } from "./audience";

interface AudienceFieldsProps<Values extends FieldValues> {
  control: Control<Values>;
  fields: FieldSet;
}

/** All criteria of an audience below their headings; typing leaves those of that name. */
export function AudienceFields<Values extends FieldValues>({
  control,
  fields,
}: AudienceFieldsProps<Values>) {
  const [wanted, setWanted] = useState("");
  const { contains } = useFilter({ sensitivity: "base" });
  const found = fields.all.filter(
    ({ title, group }) => contains(title, wanted.trim()) || contains(group, wanted.trim()),
  );
  return (
    <div className="criteria">
      {/* Enter in it is no way to the next step. */}
      <SearchField
        className="field"
        value={wanted}
        onChange={setWanted}
        onSubmit={() => undefined}
      >
        <Label>Find a criterion</Label>
        <Input className="input" placeholder="Province, language, practice area …" />
      </SearchField>
      <p className="unseen" role="status">
        {wanted !== "" && `${found.length} of ${fields.all.length} criteria`}
      </p>
      {found.length === 0 && <p className="note">No criterion has this name.</p>}
      {groupsOf(found).map(([heading, group]) => (
        <fieldset key={heading} className="fieldset">
          <legend>{heading}</legend>
          <div className="fields">
            {group.map((field) => (
              <CodesPicker
                key={field.name}
                control={control}
                name={field.name as FieldPath<Values>}
                field={field}
              />
            ))}
          </div>
        </fieldset>
      ))}
    </div>
  );
}
