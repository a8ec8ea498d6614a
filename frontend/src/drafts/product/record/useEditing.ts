import {
  type CatalogueProduct,
  type DraftAnswer,
  DraftError,
  useUnsavedChanges,
} from "assembly-service-client/drafts";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { type FieldSet, showErrors } from "../../shared";
import { changesOf, type Meeting, meetingsOf, settled, type Values } from "../../shared/changes";

export type Version = DraftAnswer<CatalogueProduct>;

export interface EditingOptions {
  readonly fields: FieldSet;
  readonly version: Version;
  /** What of a product the form is about. */
  readonly valuesOf: (product: CatalogueProduct) => Values;
  readonly save: (changes: Record<string, unknown>, ifMatch: string | undefined) => Promise<Version>;
  readonly read: () => Promise<Version>;
  readonly onSaved: (version: Version) => void;
}

/** What somebody else stored while this was being edited. */
interface Met {
  readonly version: Version;
  readonly meetings: readonly Meeting[];
}

/** A form over a stored record that never overwrites what somebody else has stored meanwhile. */
export function useEditing(options: EditingOptions) {
  const { fields, valuesOf, save, read, onSaved } = options;
  const [base, setBase] = useState(options.version);
  const [met, setMet] = useState<Met | null>(null);
  const [error, setError] = useState<DraftError | null>(null);
  const form = useForm<Record<string, unknown>>({ defaultValues: formValues(base) });
  const { isDirty, isSubmitting } = form.formState;
  useUnsavedChanges(isDirty);

  function formValues({ body }: Version): Record<string, unknown> {
    const values = valuesOf(body);
    return Object.fromEntries(fields.all.map(({ name }) => [name, values[name] ?? null]));
  }

  /** Compares with what is stored now. What both changed alike, or a lost answer, is no conflict. */
  async function meet(mine: Values): Promise<void> {
    const version = await read();
    const meetings = meetingsOf(fields.all, valuesOf(base.body), mine, valuesOf(version.body));
    if (meetings.some(({ changedBy }) => changedBy !== "them")) setMet({ version, meetings });
    else onSaved(version);
  }

  async function store(from: Version, mine: Values): Promise<void> {
    setError(null);
    try {
      const changes = changesOf(fields.all, valuesOf(from.body), mine);
      onSaved(Object.keys(changes).length === 0 ? from : await save(changes, from.tag));
    } catch (refused) {
      await refusal(refused, mine);
    }
  }

  async function refusal(refused: unknown, mine: Values): Promise<void> {
    if (!(refused instanceof DraftError)) throw refused;
    if (refused.status === 412) {
      await meet(mine).catch((unread: unknown) => setError(asDraftError(unread)));
    } else if (showErrors(form.setError, refused, fields).length === 0 && !isOfForm(refused)) {
      setError(refused);
    }
  }

  async function settle(takesMine: ReadonlySet<string>): Promise<void> {
    if (met === null) return;
    const values = settled(valuesOf(met.version.body), met.meetings, takesMine);
    setBase(met.version);
    setMet(null);
    for (const { name } of fields.all) form.setValue(name, values[name] ?? null, { shouldDirty: true });
    await store(met.version, values);
  }

  return {
    form,
    error,
    met,
    isPending: isSubmitting,
    submit: form.handleSubmit((values) => store(base, values)),
    settle,
    /** What is stored now, for those who give up their changes. */
    latest: met?.version ?? base,
  };
}

/** Whether the form shows what is wrong, though at no field. */
function isOfForm({ status, errors }: DraftError): boolean {
  return status === 400 && errors.length > 0;
}

function asDraftError(error: unknown): DraftError {
  if (error instanceof DraftError) return error;
  throw error;
}
