import { DraftError, type EducationSnapshot } from "assembly-service-client/drafts";
import { useEffect } from "react";
import type { UseFormReturn } from "react-hook-form";
import { type FieldSet, showErrors } from "../shared";
import type { EducationValues } from "./educationForm";

interface ServiceErrors {
  education: EducationSnapshot;
  fields: FieldSet;
  form: UseFormReturn<EducationValues>;
}

/** Puts what the service finds wrong at the fields, once it has answered, until they are changed. */
export function useServiceErrors({ education, fields, form }: ServiceErrors): void {
  const { errors, fields: atFields, loading } = education;
  useEffect(() => {
    if (loading || errors.length === 0) return;
    const found = { status: 200, code: "broken_rules", message: "", errors, fields: atFields };
    showErrors(form.setError, new DraftError(found), fields);
  }, [errors, atFields, loading, fields, form]);

  useEffect(
    () =>
      form.subscribe({
        formState: { values: true },
        callback: ({ name }) => name !== undefined && form.clearErrors(name as keyof EducationValues),
      }),
    [form],
  );
}
