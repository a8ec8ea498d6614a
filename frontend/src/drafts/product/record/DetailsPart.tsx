import {
  type DraftClient,
  DraftError,
  getProduct,
  proposeCode,
  updateProduct,
  useDraftClient,
} from "assembly-service-client/drafts";
import type { FieldSet } from "../../shared";
import type { Values } from "../../shared/changes";
import { DetailFields } from "../DetailFields";
import { ProductFacts } from "../ProductFacts";
import { DETAIL_FIELDS, SALE_FIELDS } from "../productForm";
import { SaleFields } from "../SaleFields";
import { Editor } from "./Editor";
import { Part } from "./Part";
import type { Version } from "./useEditing";

interface DetailsPartProps {
  version: Version;
  fields: FieldSet;
}

/** What a product is and how it is sold. */
export function DetailsPart({ version, fields }: DetailsPartProps) {
  const client = useDraftClient();
  const guid = version.body.productGuid;
  return (
    <Part
      title="Details"
      editor={(onSaved) => (
        <Editor
          fields={fields}
          version={version}
          valuesOf={(product) => product as unknown as Values}
          save={(changes, ifMatch) =>
            updateProduct(client, guid, changes, ifMatch).catch((error: unknown) =>
              withFreeCode(client, String(changes["productCode"]), error),
            )
          }
          read={() => getProduct(client, guid)}
          onSaved={onSaved}
        >
          {(control) => (
            <>
              <DetailFields control={control} fields={fields} />
              <SaleFields control={control} fields={fields} />
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

/** Where a code is taken, the error names one that is free. */
async function withFreeCode(client: DraftClient, code: string, error: unknown): Promise<never> {
  if (!(error instanceof DraftError) || error.status !== 409) throw error;
  const free = await proposeCode(client, code).catch(() => null);
  const productCode = `${error.message}.${free === null ? "" : ` ${free} is free.`}`;
  const { status, code: word, message, body } = error;
  throw new DraftError({ status, code: word, message, body, fields: { productCode } });
}
