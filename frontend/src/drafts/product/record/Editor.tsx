import { useEffect, type ReactNode } from "react";
import { Button } from "react-aria-components";
import type { Control } from "react-hook-form";
import { ErrorSummary, isForbidden, Refusal } from "../../shared";
import type { Values } from "../../shared/changes";
import { SideBySide } from "../../shared/SideBySide";
import { type EditingOptions, useEditing } from "./useEditing";

interface EditorProps extends EditingOptions {
  children: (control: Control<Values>) => ReactNode;
}

/** The form for a part of a stored product. */
export function Editor({ children, ...options }: EditorProps) {
  const { form, error, conflict, submit, settle } = useEditing(options);
  const { part, onClose } = options;
  const { setFocus, formState } = form;
  const first = part.fields.all[0]?.name ?? "";
  useEffect(() => setFocus(first), [setFocus, first]);
  if (conflict !== null) {
    return (
      <SideBySide
        changes={conflict.changes}
        onSettle={(takesMine) => void settle(takesMine)}
        onDiscard={onClose}
      />
    );
  }
  return (
    <>
      {/* Not in the form: it may have one of its own. */}
      {error !== null && <Refusal error={error} onRetry={() => void submit()} />}
      <form onSubmit={(event) => void submit(event)} noValidate>
        <ErrorSummary errors={formState.errors} />
        {children(form.control)}
        <div className="buttons">
          <Button
            type="submit"
            className="button primary"
            isPending={formState.isSubmitting}
            isDisabled={isForbidden(error)}
          >
            Save changes
          </Button>
          <Button className="button" isDisabled={formState.isSubmitting} onPress={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </>
  );
}
