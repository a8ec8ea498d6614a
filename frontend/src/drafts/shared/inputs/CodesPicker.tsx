import {
  Autocomplete,
  Button,
  Dialog,
  DialogTrigger,
  Input,
  ListBox,
  ListBoxItem,
  Popover,
  SearchField,
  Tag,
  TagGroup,
  TagList,
  useFilter,
} from "react-aria-components";
import type { FieldValues } from "react-hook-form";
import type { Code, Field } from "../fields";
import { useInput, type InputProps } from "./useInput";

/** Several codes of a list, by name; its value is an array of codes. */
export function CodesPicker<Values extends FieldValues>(props: InputProps<Values>) {
  const { field, hint = "" } = props;
  const { ref, value, onChange, problem, shared } = useInput(props);
  const chosen = Array.isArray(value) ? (value as Code["value"][]) : [];
  const ids = { title: `${shared.id}-title`, about: `${shared.id}-about` };
  return (
    <div className="field codes" role="group" aria-labelledby={ids.title}>
      <span className="label" id={ids.title}>
        {field.title}
      </span>
      <Chosen field={field} chosen={chosen} onChange={onChange} />
      <DialogTrigger onOpenChange={(isOpen) => !isOpen && shared.onBlur()}>
        <Button
          ref={ref}
          id={shared.id}
          className="button small"
          aria-labelledby={`${shared.id} ${ids.title}`}
          aria-describedby={ids.about}
          isDisabled={shared.isDisabled}
        >
          {chosen.length === 0 ? "Choose" : "Change"}
        </Button>
        <Popover className="options picker" placement="bottom start">
          <Dialog aria-label={field.title}>
            <Options field={field} chosen={chosen} onChange={onChange} />
          </Dialog>
        </Popover>
      </DialogTrigger>
      <div id={ids.about}>
        {problem !== undefined && <p className="react-aria-FieldError">{problem}</p>}
        {hint !== "" && <p className="hint">{hint}</p>}
      </div>
    </div>
  );
}

interface PartProps {
  field: Field;
  chosen: readonly Code["value"][];
  onChange: (chosen: Code["value"][]) => void;
}

function Chosen({ field, chosen, onChange }: PartProps) {
  if (chosen.length === 0) return <p className="note">Not used</p>;
  const items = field.codes.filter(({ value }) => chosen.includes(value));
  return (
    <TagGroup
      aria-label={`Chosen for ${field.title}`}
      onRemove={(keys) => onChange(chosen.filter((code) => !keys.has(code)))}
    >
      <TagList className="chosen-tags">
        {items.map(({ value, label }) => (
          <Tag key={value} id={value} textValue={label} className="chosen">
            {label}
            <Button slot="remove" className="chosen-remove">
              ×
            </Button>
          </Tag>
        ))}
      </TagList>
    </TagGroup>
  );
}

function Options({ field, chosen, onChange }: PartProps) {
  const { contains } = useFilter({ sensitivity: "base" });
  const codes = field.codes.map(({ value }) => value);
  return (
    <Autocomplete filter={contains}>
      <SearchField aria-label={`Search in ${field.title}`} autoFocus className="picker-search">
        <Input className="input" placeholder="Search" />
      </SearchField>
      {/* The keyboard reaches the list by the search; who scrolls with it needs the focus here. */}
      <div className="picker-list" tabIndex={0} role="group" aria-label={`All of ${field.title}`}>
        <ListBox
          aria-label={field.title}
          selectionMode="multiple"
          escapeKeyBehavior="none"
          selectedKeys={chosen}
          onSelectionChange={(keys) => {
            // Ctrl+A would choose what the search hides, too.
            if (keys !== "all") onChange(codes.filter((code) => keys.has(code)));
          }}
          renderEmptyState={() => <p className="note">Nothing has this name.</p>}
        >
          {field.codes.map(({ value, label }) => (
            <ListBoxItem key={value} id={value} textValue={label} className="option">
              {({ isSelected }) => (
                <>
                  <span className="option-mark" aria-hidden="true">
                    {isSelected && "✓"}
                  </span>
                  {label}
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </div>
    </Autocomplete>
  );
}
