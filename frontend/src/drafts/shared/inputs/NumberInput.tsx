import { useState } from "react";
import { Input, TextField } from "react-aria-components";
import type { FieldValues } from "react-hook-form";
import { numberIn } from "./numberIn";
import { FieldHead, FieldProblem } from "./Parts";
import { useInput, type InputProps } from "./useInput";

/**
 * A number; its value is one, null if nothing was typed, or the text itself if that is no number.
 *
 * Nothing is rounded or cut to its bounds: what is wrong is said.
 */
export function NumberInput<Values extends FieldValues>(props: InputProps<Values>) {
  const { field, hint = field.description } = props;
  const { ref, value, onChange, problem, shared } = useInput(props);
  const [typed, setTyped] = useState(() => String(value ?? ""));
  // Another value may come from elsewhere; "12." and "1.50" stay as they were typed.
  const isOfTyped = numberIn(typed) === (value === "" ? null : (value ?? null));
  const text = isOfTyped ? typed : String(value ?? "");
  return (
    <TextField
      {...shared}
      className="field"
      inputMode={field.decimals === 0 ? "numeric" : "decimal"}
      value={text}
      onChange={(next) => {
        setTyped(next);
        onChange(numberIn(next));
      }}
    >
      <FieldHead field={field} hint={hint} />
      <Input ref={ref} className="input" />
      <FieldProblem problem={problem} />
    </TextField>
  );
}
