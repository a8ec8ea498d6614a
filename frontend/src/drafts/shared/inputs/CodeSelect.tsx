import {
  Button,
  ComboBox,
  Input,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
} from "react-aria-components";
import type { FieldValues } from "react-hook-form";
import type { Code } from "../fields";
import { Chevron } from "./Chevron";
import { FieldFoot, FieldLabel } from "./Parts";
import { useInput, type InputProps } from "./useInput";

const MOST_WITHOUT_SEARCH = 12;
const NONE = "none";

/** One code of a list; its value is the code, or null. A long list is searched by typing. */
export function CodeSelect<Values extends FieldValues>(props: InputProps<Values>) {
  return props.field.codes.length > MOST_WITHOUT_SEARCH ? (
    <SearchedCode {...props} />
  ) : (
    <ListedCode {...props} />
  );
}

function ListedCode<Values extends FieldValues>(props: InputProps<Values>) {
  const { field, hint = field.description } = props;
  const { ref, value, onChange, problem, shared } = useInput(props);
  return (
    <Select
      {...shared}
      className="field"
      placeholder="Choose"
      value={keyOf(value)}
      onChange={(key) => onChange(key === NONE ? null : key)}
    >
      <FieldLabel field={field} />
      <Button ref={ref} className="input select">
        <SelectValue />
        <Chevron />
      </Button>
      <FieldFoot hint={hint} problem={problem} />
      <Popover className="options">
        <ListBox>
          {!field.isRequired && field.default === undefined && (
            <ListBoxItem id={NONE} className="option">
              None
            </ListBoxItem>
          )}
          {field.codes.map(option)}
        </ListBox>
      </Popover>
    </Select>
  );
}

function SearchedCode<Values extends FieldValues>(props: InputProps<Values>) {
  const { field, hint = field.description } = props;
  const { ref, value, onChange, problem, shared } = useInput(props);
  return (
    <ComboBox
      {...shared}
      className="field"
      menuTrigger="focus"
      value={keyOf(value)}
      onChange={onChange}
      defaultItems={field.codes}
    >
      <FieldLabel field={field} />
      <div className="combo">
        <Input ref={ref} className="input" placeholder="Type to search" />
        <Button className="combo-button">
          <Chevron />
        </Button>
      </div>
      <FieldFoot hint={hint} problem={problem} />
      <Popover className="options">
        <ListBox<Code>>{option}</ListBox>
      </Popover>
    </ComboBox>
  );
}

function option({ value, label }: Code) {
  return (
    <ListBoxItem key={value} id={value} textValue={label} className="option">
      {label}
    </ListBoxItem>
  );
}

function keyOf(value: unknown): number | string | null {
  return typeof value === "number" || typeof value === "string" ? value : null;
}
