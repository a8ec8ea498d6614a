import type { EducationRecord } from "assembly-service-client/drafts";
import { useEffect, useRef } from "react";
import { Button } from "react-aria-components";
import { Link } from "react-router";
import { ACTIONS } from "./actions";
import { Problems } from "./Problems";
import { RecordFacts } from "./RecordFacts";
import type { Registration } from "./useRegistration";

interface CreatedProps {
  registration: Registration;
  record: EducationRecord;
}

/** The record that was created, and what can be done next. */
export function Created({ registration, record }: CreatedProps) {
  const { nextAction, education, next, startOver, mayNot } = registration;
  const { loading, result } = education;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <h2 ref={heading} tabIndex={-1} className="created-title">
        The record {record.educationId} is created
      </h2>
      <p role="status">
        {nextAction === null
          ? "The registration is complete."
          : "The record is permanent. Complete the registration to close it."}
      </p>
      {result?.warnings.map((warning) => (
        <p key={warning} className="note">
          {warning}.
        </p>
      ))}
      <Problems registration={registration} />
      <RecordFacts record={record} />
      <div className="buttons">
        {nextAction !== null && (
          <Button
            className="button primary"
            isPending={loading}
            isDisabled={mayNot.next}
            onPress={next}
          >
            {ACTIONS[nextAction]}
          </Button>
        )}
        <Link className="button" to={`/drafts/education/records/${record.recordId}`}>
          Open the record
        </Link>
        <Button className="button" onPress={startOver}>
          Register another education
        </Button>
      </div>
    </>
  );
}
