import { getProduct, updateTarget, useDraftClient } from "assembly-service-client/drafts";
import type { FieldSet } from "../../shared";
import type { Values } from "../../shared/changes";
import { type AudienceValues, audienceSentence, chosenIn } from "../audience";
import { AudienceFields } from "../AudienceFields";
import { Editor } from "./Editor";
import { Part } from "./Part";
import type { Version } from "./useEditing";

interface AudiencePartProps {
  version: Version;
  fields: FieldSet;
}

/** Who sees a product. */
export function AudiencePart({ version, fields }: AudiencePartProps) {
  const client = useDraftClient();
  const { productGuid: guid, audienceTarget } = version.body;
  const chosen = chosenIn(audienceTarget as AudienceValues, fields.all);
  return (
    <Part
      title="Audience"
      editor={(onSaved) => (
        <Editor
          fields={fields}
          version={version}
          valuesOf={(product) => product.audienceTarget as unknown as Values}
          save={(changes, ifMatch) => updateTarget(client, guid, changes, ifMatch)}
          read={() => getProduct(client, guid)}
          onSaved={onSaved}
        >
          {(control) => <AudienceFields control={control} fields={fields} />}
        </Editor>
      )}
    >
      <p>{audienceSentence(chosen, audienceTarget.matchMode)}</p>
    </Part>
  );
}
