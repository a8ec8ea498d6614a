import { DraftError, type EducationSnapshot } from "assembly-service-client/drafts";
import { useEffect } from "react";
import type { UseFormReturn } from "react-hook-form";
import { type FieldSet, showErrors } from "../shared";
import type { EducationValues } from "./educationForm";

/** What the service calls the id of a member in its sentences. */
const MEMBER_ID = "User Business ID";

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
    const { title } = fields.get("userBusinessId");
    const inWords = (sentence: string) => sentence.replaceAll(MEMBER_ID, title);
    const found = {
      status: 200,
      code: "broken_rules",
      message: "",
      errors: errors.map(inWords),
      fields: Object.fromEntries(Object.entries(atFields).map(([name, said]) => [name, inWords(said)])),
    };
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
