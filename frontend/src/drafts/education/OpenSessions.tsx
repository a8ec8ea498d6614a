import type { EducationListed } from "assembly-service-client/drafts";
import { Button } from "react-aria-components";
import { timeInWords } from "../shared/words";
import { SHORT_STATUSES } from "./actions";
import type { Registration } from "./useRegistration";

/** The open registrations of the member whose id is in the form. */
export function OpenSessions({ registration }: { registration: Registration }) {
  const { form, education, attempt, mayNot } = registration;
  const { sessions, loading } = education;

  async function look() {
    if (!(await form.trigger("userBusinessId", { shouldFocus: true }))) return;
    attempt(() => education.list(form.getValues("userBusinessId").trim()));
  }

  return (
    <section className="open-sessions" aria-labelledby="open-sessions">
      <h2 id="open-sessions">Continue an open registration</h2>
      <p className="note">Type the member id above to see what was started for this member.</p>
      <Button className="button" isDisabled={loading || mayNot.next} onPress={() => void look()}>
        Look for open registrations
      </Button>
      <div role="status">
        {sessions?.length === 0 && <p>This member has no open registration.</p>}
      </div>
      {sessions !== null && sessions.length > 0 && (
        <ul className="sessions">
          {sessions.map((session) => (
            <Session key={session.sessionId} session={session} registration={registration} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface SessionProps {
  session: EducationListed;
  registration: Registration;
}

function Session({ session, registration }: SessionProps) {
  const { sessionId, status, expiresAt } = session;
  const { resume } = registration;
  const end = timeInWords(expiresAt);
  return (
    <li>
      <span>
        <strong>{SHORT_STATUSES[status]}</strong>, until {end}
      </span>
      <Button className="button small" onPress={() => resume(sessionId)}>
        Continue<span className="unseen"> the one that is {SHORT_STATUSES[status]}, until {end}</span>
      </Button>
    </li>
  );
}
