import { Input, TextArea as Area, TextField } from "react-aria-components";
import type { FieldValues } from "react-hook-form";
import { FieldHead, FieldProblem } from "./Parts";
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
      <FieldHead field={field} hint={hint} />
      <Input ref={ref} className="input" />
      <FieldProblem problem={problem} />
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
      <FieldHead field={field} hint={hint} />
      <Area ref={ref} className="input" rows={4} />
      <div className="field-foot">
        <FieldProblem problem={problem} />
        {field.maxLength !== undefined && (
          <span className="note" aria-hidden="true">
            {`${[...text.trim()].length} of ${field.maxLength}`}
          </span>
        )}
      </div>
    </TextField>
  );
}

/** A day; its value is `YYYY-MM-DD`, or an empty string. */
export function DateInput<Values extends FieldValues>(props: InputProps<Values>) {
  const { field, hint = "" } = props;
  const { ref, value, onChange, problem, shared } = useInput(props);
  return (
    <TextField
      {...shared}
      className="field"
      type="date"
      value={String(value ?? "")}
      onChange={onChange}
    >
      <FieldHead field={field} hint={hint} />
      <Input ref={ref} className="input" />
      <FieldProblem problem={problem} />
    </TextField>
  );
}
