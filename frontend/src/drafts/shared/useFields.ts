import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { fieldsOf, type FieldSet } from "./fields";
import { documentOptions } from "./queries";

export type FormSchema = "ProductInput" | "AudienceTargetInput" | "ProjectData" | "EducationInput";

/** The fields of a form, from the service's own description of itself; null until it is read. */
export function useFields(schema: FormSchema): FieldSet | null {
  const { data } = useQuery(documentOptions);
  return useMemo(() => (data === undefined ? null : fieldsOf(data, schema)), [data, schema]);
}
