import { Switch as Toggle } from "react-aria-components";
import type { FieldValues } from "react-hook-form";
import { useInput, type InputProps } from "./useInput";

/** Something that is on or off; its value is a boolean. */
export function Switch<Values extends FieldValues>(props: InputProps<Values>) {
  const { field, hint = field.description } = props;
  const { ref, value, onChange, problem, shared } = useInput(props);
  const { id, onBlur, isDisabled } = shared;
  return (
    <div className="field">
      <Toggle
        id={id}
        className="switch"
        inputRef={ref}
        isDisabled={isDisabled}
        isSelected={value === true}
        onBlur={onBlur}
        onChange={onChange}
        aria-describedby={`${id}-about`}
      >
        <span className="switch-track" aria-hidden="true" />
        {field.title}
      </Toggle>
      <div id={`${id}-about`}>
        {hint !== "" && <p className="hint">{hint}</p>}
        {problem !== undefined && <p className="react-aria-FieldError">{problem}</p>}
      </div>
    </div>
  );
}
