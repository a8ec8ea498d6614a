import { useQueryClient } from "@tanstack/react-query";
import { updateTarget, useDraftClient } from "assembly-service-client/drafts";
import type { FieldSet } from "../../shared";
import type { Values } from "../../shared/changes";
import { type AudienceValues, audienceSentence, chosenIn } from "../audience";
import { AudienceFields } from "../AudienceFields";
import { Editor } from "./Editor";
import { Part } from "./Part";
import { readNow } from "./productOptions";
import type { StoredPart, Version } from "./saving";

interface AudiencePartProps {
  version: Version;
  fields: FieldSet;
}

/** Who sees a product. */
export function AudiencePart({ version, fields }: AudiencePartProps) {
  const client = useDraftClient();
  const queries = useQueryClient();
  const { productGuid: guid, audienceTarget } = version.body;
  const chosen = chosenIn(audienceTarget as AudienceValues, fields.all);
  const part: StoredPart = {
    fields,
    valuesOf: (product) => product.audienceTarget as unknown as Values,
    save: (changes, ifMatch) => updateTarget(client, guid, changes, ifMatch),
    read: () => readNow(queries, client, guid),
  };
  return (
    <Part
      title="Audience"
      editor={(ends) => (
        <Editor part={part} version={version} {...ends}>
          {(control) => <AudienceFields control={control} fields={fields} />}
        </Editor>
      )}
    >
      <p>{audienceSentence(chosen, audienceTarget.matchMode)}</p>
    </Part>
  );
}
