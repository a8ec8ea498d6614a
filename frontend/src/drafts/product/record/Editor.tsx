import { useEffect, type ReactNode } from "react";
import { Button } from "react-aria-components";
import type { Control } from "react-hook-form";
import { ErrorSummary, Refusal } from "../../shared";
import { SideBySide } from "../../shared/SideBySide";
import { type EditingOptions, useEditing } from "./useEditing";

interface EditorProps extends EditingOptions {
  children: (control: Control<Record<string, unknown>>) => ReactNode;
}

/** The form for a part of a stored product. */
export function Editor({ children, ...options }: EditorProps) {
  const { form, error, met, isPending, submit, settle, latest } = useEditing(options);
  const { setFocus } = form;
  const first = options.fields.all[0]?.name ?? "";
  useEffect(() => setFocus(first), [setFocus, first]);
  if (met !== null) {
    return (
      <SideBySide
        meetings={met.meetings}
        isPending={isPending}
        onSettle={(takesMine) => void settle(takesMine)}
        onBack={() => options.onSaved(latest)}
      />
    );
  }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <ErrorSummary errors={form.formState.errors} />
      {error !== null && <Refusal error={error} onRetry={() => void submit()} />}
      {children(form.control)}
      <div className="buttons">
        <Button type="submit" className="button primary" isPending={isPending}>
          Save changes
        </Button>
        <Button className="button" isDisabled={isPending} onPress={() => options.onSaved(latest)}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
