import { useQuery } from "@tanstack/react-query";
import { DraftError, useDraftClient } from "assembly-service-client/drafts";
import { Link, useParams } from "react-router";
import { DraftPage, Refusal } from "../shared";
import { RecordFacts } from "./RecordFacts";
import { getRecord } from "./records";
import { Suggestions } from "./Suggestions";
import "./education.css";

/** A registered education. */
export function Component() {
  return (
    <DraftPage title="Education record">
      <Record />
      <Link className="button" to="/drafts/education">
        Register an education
      </Link>
    </DraftPage>
  );
}

function Record() {
  const { id = "" } = useParams();
  const client = useDraftClient();
  const { data, error, refetch } = useQuery({
    queryKey: ["education-record", id],
    queryFn: () => getRecord(client, id),
  });
  if (data) return <RecordFacts record={data} />;
  if (!(error instanceof DraftError)) return <p role="status">Loading the record.</p>;
  return (
    <>
      {error.status === 404 ? (
        <p className="refusal" role="alert">
          There is no record at this address, or it belongs to somebody else.
        </p>
      ) : (
        <Refusal error={error} onRetry={() => void refetch()} />
      )}
      <Suggestions error={error} />
    </>
  );
}
