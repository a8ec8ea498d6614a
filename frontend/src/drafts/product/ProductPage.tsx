import { useQuery } from "@tanstack/react-query";
import { DraftError, useDraftClient } from "assembly-service-client/drafts";
import { useParams } from "react-router";
import { DraftPage, type FieldSet, queryClient, Refusal, useFields } from "../shared";
import { draftClient } from "../shared/client";
import { timeInWords, valueInWords } from "../shared/words";
import { AudiencePart } from "./record/AudiencePart";
import { DetailsPart } from "./record/DetailsPart";
import { productOptions } from "./record/productOptions";
import type { Version } from "./record/saving";
import "./product.css";

/** A product and its audience, to be read and changed. */
export function Component() {
  const { guid = "" } = useParams();
  // Read below, where people have signed in.
  const { data } = useQuery({ ...productOptions(draftClient, guid), enabled: false }, queryClient);
  return (
    <DraftPage
      title={data?.body.productName ?? "Product"}
      back={{ to: "/drafts/products", words: "All products" }}
    >
      <Product key={guid} guid={guid} />
    </DraftPage>
  );
}

function Product({ guid }: { guid: string }) {
  const { data, error, refetch } = useQuery(productOptions(useDraftClient(), guid));
  const fields = useFields("ProductInput");
  const audience = useFields("AudienceTargetInput");
  return (
    <>
      {data === undefined && error instanceof DraftError && (
        <Refusal error={error} onRetry={() => void refetch()} />
      )}
      {data && fields && audience ? (
        <>
          <Head version={data} fields={fields} />
          <DetailsPart version={data} fields={fields} />
          <AudiencePart version={data} fields={audience} />
        </>
      ) : (
        error === null && <p role="status">Loading the product.</p>
      )}
    </>
  );
}

function Head({ version: { body }, fields }: { version: Version; fields: FieldSet }) {
  const { productCode, productNumber, productStatus, createdBy, updatedAt } = body;
  return (
    <p className="note">
      {productCode} · {productNumber} ·{" "}
      {valueInWords(fields.get("productStatus"), productStatus)} · made by {createdBy}, changed{" "}
      {timeInWords(updatedAt)}
    </p>
  );
}
