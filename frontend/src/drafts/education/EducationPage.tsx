import { useMemo } from "react";
import { DraftPage, type FieldSet, useFields } from "../shared";
import { Created } from "./Created";
import { EducationForm } from "./EducationForm";
import { formFields } from "./educationForm";
import { OpenSessions } from "./OpenSessions";
import { Problems } from "./Problems";
import { Standing } from "./Standing";
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
  if (fields === null) return <p role="status">Getting the form.</p>;
  return <Form fields={fields} />;
}

function Form({ fields }: { fields: FieldSet }) {
  const work = useRegistration(fields);
  const { session, record } = work.registration;
  if (record !== null) return <Created work={work} record={record} />;
  return (
    <>
      <p className="lead">
        Say where and when the member studied occupational therapy. Nothing is written for good until
        you create the record.
      </p>
      <Standing work={work} />
      <Problems work={work} />
      <EducationForm work={work} />
      {session === null && <OpenSessions work={work} />}
    </>
  );
}
