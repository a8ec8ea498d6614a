import type { ReactNode } from "react";
import { FieldError, Label, Text } from "react-aria-components";
import type { Field } from "../fields";

/** The label of a field, and help for it. */
export function FieldHead({ field, hint }: { field: Field; hint: ReactNode }) {
  return (
    <>
      <Label>
        {field.title}
        {!field.isRequired && <span className="optional"> optional</span>}
      </Label>
      {hint !== "" && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
    </>
  );
}

/** What is wrong, at the field itself; it is read out with the field. */
export function FieldProblem({ problem }: { problem: string | undefined }) {
  return <FieldError>{problem}</FieldError>;
}
