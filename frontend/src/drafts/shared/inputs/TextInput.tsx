import { Input, TextArea as Area, TextField } from "react-aria-components";
import type { FieldValues } from "react-hook-form";
import { UNFINISHED } from "../problems";
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

/** A day; its value is `YYYY-MM-DD`, an empty string, or `UNFINISHED`. */
export function DateInput<Values extends FieldValues>(props: InputProps<Values>) {
  const { field, hint = "" } = props;
  const { ref, value, onChange, problem, shared } = useInput(props);

  /** Browsers say of a part of a date that it is empty, and tell nobody of its changes. */
  function readPart({ target }: { target: EventTarget }) {
    if (!(target instanceof HTMLInputElement)) return;
    if (target.validity.badInput) onChange(UNFINISHED);
    else if (value === UNFINISHED) onChange("");
  }

  return (
    <TextField
      {...shared}
      className="field"
      type="date"
      value={value === UNFINISHED ? "" : String(value ?? "")}
      onChange={onChange}
      onKeyDown={(event) => {
        if (event.key === "Enter") readPart(event);
      }}
      onBlur={(event) => {
        readPart(event);
        shared.onBlur();
      }}
    >
      <FieldLabel field={field} />
      <Input ref={ref} className="input" />
      <FieldFoot hint={hint} problem={problem} />
    </TextField>
  );
}
