import { useId, useState, type FormEvent } from "react";
import { Button, Input, Label, Text, TextField } from "react-aria-components";
import type { Edit } from "../api/types";
import { brokenField } from "../edits";

interface EditFormProps {
  /** Why the letter was refused: the field that is named first is offered first. */
  detail: string | null;
  /** Fields of the event, with what they hold. */
  fields: ReadonlyMap<string, string>;
  onChange: () => void;
  onPreview: (edits: Edit[]) => void;
}

/** Asks which fields get which values. */
export function EditForm({ detail, fields, onChange, onPreview }: EditFormProps) {
  const [edits, setEdits] = useState<Edit[]>([{ path: brokenField(detail), value: "" }]);
  const paths = useId();
  const isComplete = edits.every(({ path, value }) => path.trim() !== "" && value !== "");

  function change(next: Edit[]) {
    setEdits(next);
    onChange();
  }

  function preview(event: FormEvent) {
    event.preventDefault();
    if (isComplete) onPreview(edits);
  }

  return (
    <form className="edits" onSubmit={preview}>
      <datalist id={paths}>
        {[...fields.keys()].map((path) => (
          <option key={path} value={path} />
        ))}
      </datalist>
      {edits.map((edit, n) => (
        <EditRow
          key={n}
          edit={edit}
          paths={paths}
          held={fields.get(edit.path.trim())}
          onChange={(changed) => change(edits.with(n, changed))}
          onRemove={edits.length > 1 ? () => change(edits.toSpliced(n, 1)) : undefined}
        />
      ))}
      <p className="edit-buttons">
        <Button
          className="button small"
          onPress={() => change([...edits, { path: "", value: "" }])}
        >
          One more field
        </Button>
        <Button className="button small" type="submit" isDisabled={!isComplete}>
          Show the difference
        </Button>
      </p>
    </form>
  );
}

interface EditRowProps {
  edit: Edit;
  /** The id of the list of paths that are offered. */
  paths: string;
  /** What the field holds now. */
  held: string | undefined;
  onChange: (edit: Edit) => void;
  onRemove: (() => void) | undefined;
}

function EditRow({ edit, paths, held, onChange, onRemove }: EditRowProps) {
  return (
    <div className="edit">
      <TextField value={edit.path} onChange={(path) => onChange({ ...edit, path })}>
        <Label>Field</Label>
        <Input className="input" list={paths} placeholder="thumbnails.0.quality_score" />
      </TextField>
      <TextField value={edit.value} onChange={(value) => onChange({ ...edit, value })}>
        <Label>New value</Label>
        <Input className="input" />
        <Text slot="description" className="note">
          {held === undefined ? "JSON, or a plain text." : <>Now {held}.</>}
        </Text>
      </TextField>
      {onRemove !== undefined && (
        <Button className="button small" onPress={onRemove}>
          Leave out
        </Button>
      )}
    </div>
  );
}
