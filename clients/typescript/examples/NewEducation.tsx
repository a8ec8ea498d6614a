import { type EducationInput, useEducationRegistration } from "assembly-service-client/drafts";

interface NewEducationProps {
  educationData: EducationInput;
  accountId: string;
}

export function NewEducation({ educationData, accountId }: NewEducationProps) {
  const { nextAction, doNext, loading, error, errors, recoverySuggestions, record } = useEducationRegistration();
  return (
    <>
      {nextAction && (
        <button disabled={loading} onClick={() => void doNext({ educationData, accountId })}>
          {nextAction}
        </button>
      )}
      <p role="status">{record ? `${record.educationId} is created.` : error?.message}</p>
      <ul>
        {[...errors, ...recoverySuggestions].map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}
