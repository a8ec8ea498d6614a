import { Button, FileTrigger } from "react-aria-components";
import { useController } from "react-hook-form";
import { asSentence } from "../shared/words";
import { EXTENSIONS, type ProjectDocument, sizeText, withFiles } from "./documents";
import type { StepProps } from "./stepProps";

/** Which documents belong to the project. The files themselves are not sent. */
export function DocumentsStep({ form, session }: StepProps) {
  const { field, fieldState } = useController({ control: form.control, name: "uploadedFiles" });
  const documents = (field.value ?? []) as readonly ProjectDocument[];
  const problem = fieldState.error?.message;

  async function put(next: readonly ProjectDocument[]) {
    field.onChange(next);
    const validation = await session.validate(2);
    const message = validation?.fields["uploadedFiles"];
    if (message) form.setError("uploadedFiles", { message: asSentence(message) });
    else form.clearErrors("uploadedFiles");
  }

  return (
    <>
      <p className="hint" id="documents-about">
        Name, size and type of each file are noted. The files themselves stay with you. Accepted:{" "}
        {EXTENSIONS.join(", ")}.
      </p>
      {documents.length > 0 && (
        <ul className="entries" aria-label="Documents">
          {documents.map((document) => (
            <li key={document.id}>
              <span className="entry-name">
                {document.name} <span className="note">{sizeText(document.size)}</span>
              </span>
              <Button
                className="button small"
                aria-label={`Remove ${document.name}`}
                onPress={() => void put(documents.filter(({ id }) => id !== document.id))}
              >
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      <p className="react-aria-FieldError" role="alert">
        {problem}
      </p>
      <FileTrigger
        allowsMultiple
        acceptedFileTypes={EXTENSIONS}
        onSelect={(chosen) => void put(withFiles(documents, [...(chosen ?? [])]))}
      >
        <Button ref={field.ref} className="button" aria-describedby="documents-about">
          Choose files
        </Button>
      </FileTrigger>
    </>
  );
}
