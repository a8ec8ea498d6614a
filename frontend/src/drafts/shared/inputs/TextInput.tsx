import { Input, TextArea as Area, TextField } from "react-aria-components";
import type { FieldValues } from "react-hook-form";
import { FieldFoot, FieldLabel } from "./Parts";
import { useInput, type InputProps } from "./useInput";

/** A line of text; its value is a string. */
export function TextInput<Values extends FieldValues>(props: InputProps<Values>) {
  const { field, hint = field.description } = props;
  const { ref, value, onChange, problem, shared } = useInput(props);
  return (
    <TextField
      {...shared}
      className="field"
      type={field.format === "email" ? "email" : "text"}
      value={String(value ?? "")}
      onChange={onChange}
    >
      <FieldLabel field={field} />
      <Input ref={ref} className="input" />
      <FieldFoot hint={hint} problem={problem} />
    </TextField>
  );
}

/** Several lines of text; its value is a string. */
export function TextArea<Values extends FieldValues>(props: InputProps<Values>) {
  const { field, hint = field.description } = props;
  const { ref, value, onChange, problem, shared } = useInput(props);
  const text = String(value ?? "");
  return (
    <TextField {...shared} className="field wide" value={text} onChange={onChange}>
      <FieldLabel field={field} />
      <Area ref={ref} className="input" rows={4} />
      <div className="field-foot">
        <div>
          <FieldFoot hint={hint} problem={problem} />
        </div>
        {field.maxLength !== undefined && (
          <span className="note" aria-hidden="true">
            {`${[...text.trim()].length} of ${field.maxLength}`}
          </span>
        )}
      </div>
    </TextField>
  );
}

/** What a form holds of a day of which a part is missing: browsers do not tell which. */
const UNFINISHED = "unfinished";

/** A day; its value is `YYYY-MM-DD`, an empty string, or no date as long as a part is missing. */
export function DateInput<Values extends FieldValues>(props: InputProps<Values>) {
  const { field, hint = "" } = props;
  const { ref, value, onChange, problem, shared } = useInput(props);
  // Browsers say nothing while a part is missing, and Enter sends the form before the field is left.
  const check = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const next = currentTarget.validity.badInput ? UNFINISHED : currentTarget.value;
    if (next !== (value ?? "")) onChange(next);
  };
  return (
    <TextField
      {...shared}
      className="field"
      type="date"
      value={value === UNFINISHED ? "" : String(value ?? "")}
      onChange={onChange}
    >
      <FieldLabel field={field} />
      <Input
        ref={ref}
        className="input"
        onBlur={check}
        onKeyDown={(event) => event.key === "Enter" && check(event)}
      />
      <FieldFoot hint={hint} problem={problem} />
    </TextField>
  );
}
