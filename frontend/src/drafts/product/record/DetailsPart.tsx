import {
  type DraftClient,
  DraftError,
  getProduct,
  proposeCode,
  updateProduct,
  useDraftClient,
} from "assembly-service-client/drafts";
import { type Control, useWatch } from "react-hook-form";
import { type FieldSet, FormField } from "../../shared";
import type { Values } from "../../shared/changes";
import { ProductFacts } from "../ProductFacts";
import {
  DETAIL_FIELDS,
  INSURANCE,
  PRICE_FIELDS,
  PRICES,
  type ProductField,
  SALE_FIELDS,
} from "../productForm";
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
          {(control) => <DetailFields control={control} fields={fields} />}
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

interface DetailFieldsProps {
  control: Control<Record<string, unknown>>;
  fields: FieldSet;
}

const TERMS = SALE_FIELDS.filter((name) => !PRICE_FIELDS.includes(name));
const OF_INSURANCE: readonly ProductField[] = ["insuranceType", "insuranceLimit"];

function DetailFields({ control, fields }: DetailFieldsProps) {
  const field = (name: ProductField, title?: string) => {
    const described = fields.get(name);
    const shown = title === undefined ? described : { ...described, title, description: "" };
    return <FormField key={name} control={control} name={name} field={shown} />;
  };
  const isInsurance = useWatch({ control, name: "productCategory" }) === INSURANCE;
  const details = DETAIL_FIELDS.filter((name) => isInsurance || !OF_INSURANCE.includes(name));
  return (
    <>
      <fieldset className="fieldset">
        <legend>What it is</legend>
        <div className="fields">{details.map((name) => field(name))}</div>
      </fieldset>
      {Object.entries(PRICES).map(([group, prices]) => (
        <fieldset key={group} className="fieldset prices">
          <legend>Prices: {group.toLowerCase()}</legend>
          <div className="fields">
            {Object.entries(prices).map(([name, title]) => field(name as ProductField, title))}
          </div>
        </fieldset>
      ))}
      <fieldset className="fieldset">
        <legend>Terms</legend>
        <div className="fields">{TERMS.map((name) => field(name))}</div>
      </fieldset>
    </>
  );
}
