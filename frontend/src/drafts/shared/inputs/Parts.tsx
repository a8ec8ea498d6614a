import type { ReactNode } from "react";
import { FieldError, Label, Text } from "react-aria-components";
import type { Field } from "../fields";

/** The label of a field. */
export function FieldLabel({ field }: { field: Field }) {
  return (
    <Label>
      {field.title}
      {!field.isRequired && <span className="optional"> optional</span>}
    </Label>
  );
}

interface FieldFootProps {
  hint: ReactNode;
  problem: string | undefined;
}

/** What is wrong, at the field itself, and help for it. Both are read out with the field. */
export function FieldFoot({ hint, problem }: FieldFootProps) {
  return (
    <>
      <FieldError>{problem}</FieldError>
      {hint !== "" && (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
    </>
  );
}
