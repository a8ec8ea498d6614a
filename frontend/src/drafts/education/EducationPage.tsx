import { useMemo } from "react";
import { DraftPage, type FieldSet, useFields } from "../shared";
import { Created } from "./Created";
import { EducationForm } from "./EducationForm";
import { formFields } from "./educationForm";
import { OpenSessions } from "./OpenSessions";
import { Problems } from "./Problems";
import { RegistrationStatus } from "./RegistrationStatus";
import { useRegistration } from "./useRegistration";
import "./education.css";

/** Registers an education. */
export function Component() {
  return (
    <DraftPage title="Register an education">
      <Registering />
    </DraftPage>
  );
}

function Registering() {
  const described = useFields("EducationInput");
  const fields = useMemo(() => described && formFields(described), [described]);
  if (fields === null) return <p role="status">Loading the form.</p>;
  return <Form fields={fields} />;
}

function Form({ fields }: { fields: FieldSet }) {
  const registration = useRegistration(fields);
  const { sessionId, record } = registration.education;
  if (record !== null) return <Created registration={registration} record={record} />;
  return (
    <>
      <p className="lead">
        Say where and when the member studied occupational therapy. Nothing is permanent until you create
        the record.
      </p>
      <RegistrationStatus registration={registration} />
      <Problems registration={registration} />
      <EducationForm registration={registration} />
      {sessionId === null && <OpenSessions registration={registration} />}
    </>
  );
}
