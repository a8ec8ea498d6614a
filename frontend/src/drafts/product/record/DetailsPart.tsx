import { useQueryClient } from "@tanstack/react-query";
import { updateProduct, useDraftClient } from "assembly-service-client/drafts";
import type { FieldSet } from "../../shared";
import type { Values } from "../../shared/changes";
import { DetailFields } from "../DetailFields";
import { ProductFacts } from "../ProductFacts";
import { DETAIL_FIELDS, SALE_FIELDS } from "../productForm";
import { SaleFields } from "../SaleFields";
import { Editor } from "./Editor";
import { Part } from "./Part";
import { readNow } from "./productOptions";
import type { StoredPart, Version } from "./saving";
import { withFreeCode } from "./takenCode";

interface DetailsPartProps {
  version: Version;
  fields: FieldSet;
}

/** What a product is and how it is sold. */
export function DetailsPart({ version, fields }: DetailsPartProps) {
  const client = useDraftClient();
  const queries = useQueryClient();
  const guid = version.body.productGuid;
  const part: StoredPart = {
    fields,
    valuesOf: (product) => product as unknown as Values,
    save: (changes, ifMatch) =>
      updateProduct(client, guid, changes, ifMatch).catch((error: unknown) =>
        withFreeCode(client, changes["productCode"], error),
      ),
    read: () => readNow(queries, client, guid),
  };
  return (
    <Part
      title="Details"
      editor={(ends) => (
        <Editor part={part} version={version} {...ends}>
          {(control) => (
            <>
              <DetailFields control={control} fields={fields} />
              <div className="sale-part">
                <h3>Prices</h3>
                <SaleFields control={control} fields={fields} />
              </div>
            </>
          )}
        </Editor>
      )}
    >
      <ProductFacts
        fields={fields}
        names={[...DETAIL_FIELDS, ...SALE_FIELDS]}
        values={version.body}
      />
    </Part>
  );
}
