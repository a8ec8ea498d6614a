import { useEffect, useMemo, useReducer } from "react";
import { DraftPage, type FieldSet, NotKept, OtherTexts, useFields } from "../shared";
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
  const [round, restart] = useReducer((count: number) => count + 1, 0);
  const described = useFields("EducationInput");
  const fields = useMemo(() => described && formFields(described), [described]);
  if (fields === null) return <p role="status">Loading the form.</p>;
  return <Form key={round} fields={fields} round={round} restart={restart} />;
}

interface FormProps {
  fields: FieldSet;
  round: number;
  restart: () => void;
}

function Form({ fields, round, restart }: FormProps) {
  const registration = useRegistration(fields, restart);
  const { setFocus } = registration.form;
  useEffect(() => {
    if (round > 0) setFocus("userBusinessId");
  }, [round, setFocus]);
  const { sessionId, record } = registration.education;
  if (record !== null) return <Created registration={registration} record={record} />;
  return (
    <>
      <p className="lead">
        Say where and when the member studied occupational therapy. Nothing is permanent until you create
        the record.
      </p>
      <NotKept />
      <OtherTexts
        texts={registration.others}
        nameOf={({ values }) => values.userBusinessId.trim() || "an education without a member"}
        onTake={registration.goOnWith}
      />
      <RegistrationStatus registration={registration} />
      <Problems registration={registration} />
      <EducationForm registration={registration} />
      {sessionId === null && <OpenSessions registration={registration} />}
    </>
  );
}
