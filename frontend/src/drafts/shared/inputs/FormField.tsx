import type { FieldValues } from "react-hook-form";
import { CodeSelect } from "./CodeSelect";
import { CodesPicker } from "./CodesPicker";
import { NumberInput } from "./NumberInput";
import { Switch } from "./Switch";
import { DateInput, TextArea, TextInput } from "./TextInput";
import type { InputProps } from "./useInput";

const INPUTS = {
  text: TextInput,
  longText: TextArea,
  number: NumberInput,
  code: CodeSelect,
  codes: CodesPicker,
  flag: Switch,
  date: DateInput,
};

/** The input for the kind of a field. */
export function FormField<Values extends FieldValues>(props: InputProps<Values>) {
  const Input = INPUTS[props.field.kind];
  return <Input {...props} />;
}
