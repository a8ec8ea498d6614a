import type { ProjectData, ProjectSession } from "assembly-service-client/drafts";
import { useEffect } from "react";
import { useForm, type UseFormReturn } from "react-hook-form";
import { type FieldSet, isEmpty } from "../shared";
import { asSentence } from "../shared/words";

/** The inputs of all steps by the names of their fields. */
export type Values = Record<string, unknown>;
export type ProjectForm = UseFormReturn<Values>;

/** The lists have inputs of their own. */
const LISTS = ["uploadedFiles", "connectors"];

/** A form over a draft: what is typed goes there, and what comes from elsewhere is shown. */
export function useProjectForm(
  { projectData, updateSession, error }: ProjectSession,
  fields: FieldSet,
): ProjectForm {
  const form = useForm<Values>({ defaultValues: valuesOf(projectData, fields), mode: "onTouched" });
  const { subscribe, getValues, getFieldState, setValue, setError } = form;
  useEffect(
    () =>
      subscribe({
        formState: { values: true },
        callback: ({ name, values }) => {
          if (name) updateSession({ projectData: { [name]: storedOf(values[name]) } });
        },
      }),
    [subscribe, updateSession],
  );
  useEffect(() => {
    for (const [name, value] of Object.entries(valuesOf(projectData, fields))) {
      if (!isSame(storedOf(getValues(name)), storedOf(value))) setValue(name, value);
    }
  }, [projectData, fields, getValues, setValue]);
  useEffect(() => {
    for (const [name, sentence] of Object.entries(error?.fields ?? {})) {
      // Something else may be typed meanwhile: the focus stays there.
      const message = fields.has(name) ? sentence.replace(name, fields.get(name).title) : sentence;
      if (!getFieldState(name).invalid) setError(name, { message: asSentence(message) });
    }
  }, [error, fields, getFieldState, setError]);
  return form;
}

function valuesOf(data: ProjectData, fields: FieldSet): Values {
  const typed = fields.all.map(({ name, kind, default: initial = true }) => {
    const value = (data as Values)[name] ?? (kind === "flag" ? initial : "");
    return [name, value] as const;
  });
  const lists = LISTS.map((name) => [name, (data as Values)[name] ?? []] as const);
  return Object.fromEntries([...typed, ...lists]);
}

/** What is empty is removed. */
function storedOf(value: unknown): unknown {
  return isEmpty(value) ? null : value;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
