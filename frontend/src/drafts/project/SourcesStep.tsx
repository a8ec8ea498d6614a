import { useState } from "react";
import { Button, Input, Label, Text, TextField } from "react-aria-components";
import { useController } from "react-hook-form";
import { Switch } from "../shared";
import type { StepProps } from "./stepProps";

interface Connector {
  readonly type: string;
}

/** Where the data of the project come from. */
export function SourcesStep({ form, fields }: StepProps) {
  const { field, fieldState } = useController({ control: form.control, name: "connectors" });
  const connectors = (field.value ?? []) as readonly Connector[];
  const [typed, setTyped] = useState("");

  function add() {
    const type = typed.trim();
    if (type === "") return;
    if (!connectors.some((each) => each.type === type)) field.onChange([...connectors, { type }]);
    setTyped("");
  }

  return (
    <div className="sources">
      <Switch control={form.control} name="aiSourcing" field={fields.get("aiSourcing")} hint="" />
      <TextField
        value={typed}
        onChange={setTyped}
        onBlur={add}
        isInvalid={fieldState.invalid}
        onKeyDown={(event) => {
          // An Enter may only end a word that is being composed, as in Japanese.
          if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
          if (typed.trim() === "") return;
          event.preventDefault();
          add();
        }}
        className="field"
      >
        <Label>
          Another source<span className="optional"> optional</span>
        </Label>
        <div className="field-row">
          <Input ref={field.ref} className="input" />
          <Button className="button" onPress={add}>
            Add
          </Button>
        </div>
        <Text slot="description" className="hint">
          What kind of system it is, such as bim or erp.
        </Text>
      </TextField>
      <p className="react-aria-FieldError" role="alert">
        {fieldState.error?.message}
      </p>
      {connectors.length > 0 && (
        <ul className="entries" aria-label="Sources">
          {connectors.map(({ type }) => (
            <li key={type}>
              <span className="entry-name">{type}</span>
              <Button
                className="button small"
                aria-label={`Remove ${type}`}
                onPress={() => field.onChange(connectors.filter((each) => each.type !== type))}
              >
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
