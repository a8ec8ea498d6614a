import type { DraftError } from "assembly-service-client/drafts";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { showErrors, useUnsavedPart } from "../../shared";
import { changesOf, fieldChanges, merged, type Values } from "../../shared/changes";
import { type Conflict, saveChanges, type StoredPart, type Version } from "./saving";

export interface EditingOptions {
  readonly part: StoredPart;
  /** What is stored when the form opens. */
  readonly version: Version;
  /** Told whether more was typed meanwhile, so that there is still something to save. */
  readonly onSaved: (version: Version, isTypedOn: boolean) => void;
  /** Nothing was saved, and nothing is to be changed any longer. */
  readonly onClose: () => void;
}

/** A form over a part of a stored product that never overwrites what somebody else has stored. */
export function useEditing({ part, version, onSaved, onClose }: EditingOptions) {
  const [base, setBase] = useState(version);
  const [conflict, setConflict] = useState<Conflict | null>(null);
  const [error, setError] = useState<DraftError | null>(null);
  const form = useForm<Values>({ defaultValues: formValues(part, base) });
  useUnsavedPart(form.formState.isDirty);

  async function store(from: Version, mine: Values): Promise<void> {
    setError(null);
    const outcome = await saveChanges(part, from, mine);
    const typedOn = changesOf(part.fields.all, mine, form.getValues());
    if (outcome.kind === "saved") goOn(outcome.version, Object.keys(typedOn));
    else if (outcome.kind === "unchanged") onClose();
    else if (outcome.kind === "conflict") setConflict(withTyped(outcome.conflict, from));
    else refuse(outcome.error);
  }

  /** Something is saved; what was typed into some fields meanwhile is not. */
  function goOn(saved: Version, names: readonly string[]): void {
    const typed = form.getValues();
    setBase(saved);
    form.reset(formValues(part, saved));
    for (const name of names) form.setValue(name, typed[name], { shouldDirty: true });
    onSaved(saved, names.length > 0);
  }

  /** What somebody else changed, beside what is in the form by now. */
  function withTyped({ version: theirs }: Conflict, from: Version): Conflict {
    const { fields, valuesOf } = part;
    const [before, after] = [valuesOf(from.body), valuesOf(theirs.body)];
    return { version: theirs, changes: fieldChanges(fields.all, before, form.getValues(), after) };
  }

  function refuse(refused: DraftError): void {
    const names = showErrors(form.setError, refused, part.fields);
    if (names.length === 0 && !isOfForm(refused)) setError(refused);
  }

  function settle(takesMine: ReadonlySet<string>): Promise<void> {
    if (conflict === null) return Promise.resolve();
    const { version: theirs, changes } = conflict;
    const values = merged(part.valuesOf(theirs.body), changes, takesMine);
    setBase(theirs);
    setConflict(null);
    for (const { name } of part.fields.all) {
      form.setValue(name, values[name] ?? null, { shouldDirty: true });
    }
    return form.handleSubmit((mine) => store(theirs, mine))();
  }

  return {
    form,
    error,
    conflict,
    submit: form.handleSubmit((mine) => store(base, mine)),
    settle,
  };
}

function formValues({ fields, valuesOf }: StoredPart, { body }: Version): Values {
  const values = valuesOf(body);
  return Object.fromEntries(fields.all.map(({ name }) => [name, values[name] ?? null]));
}

/** Whether the form shows what is wrong, though at no field. */
function isOfForm({ status, errors }: DraftError): boolean {
  return status === 400 && errors.length > 0;
}
