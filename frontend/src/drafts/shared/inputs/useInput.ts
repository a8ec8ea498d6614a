import type { FocusEvent, ReactNode } from "react";
import { useController, type Control, type FieldPath, type FieldValues } from "react-hook-form";
import type { Field } from "../fields";
import { problemOf } from "../problems";
import "./inputs.css";

export interface InputProps<Values extends FieldValues> {
  control: Control<Values>;
  name: FieldPath<Values>;
  field: Field;
  /** Help below the label, in place of the service's description; "" for none. */
  hint?: ReactNode;
  /** What else can be wrong with the value, as a sentence. */
  check?: (value: unknown, values: Values) => string | null;
}

/** Connects an input with its form: the value is checked before it is sent. */
export function useInput<Values extends FieldValues>(props: InputProps<Values>) {
  const { control, name, field, check } = props;
  const { field: input, fieldState } = useController({
    control,
    name,
    rules: {
      validate: (value: unknown, values: Values) =>
        problemOf(field, value) ?? check?.(value, values) ?? true,
    },
  });
  return {
    ref: input.ref,
    value: input.value as unknown,
    onChange: (value: unknown) => input.onChange(value),
    problem: fieldState.error?.message,
    // What all inputs of the library share.
    shared: {
      id: name,
      onBlur: (event?: FocusEvent) => {
        if (!leadsOn(event?.relatedTarget)) input.onBlur();
      },
      isDisabled: input.disabled ?? false,
      isRequired: field.isRequired,
      isInvalid: fieldState.invalid,
      validationBehavior: "aria" as const,
    },
  };
}

/**
 * Whether the focus goes to a button below the fields, which checks them all when it is pressed.
 * A mistake shown before that would move the button from under the pointer: the click would be lost.
 */
function leadsOn(element: EventTarget | null | undefined): boolean {
  return element instanceof Element && element.closest(".buttons") !== null;
}
