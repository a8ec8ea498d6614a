import type { EducationListed } from "assembly-service-client/drafts";
import { Button } from "react-aria-components";
import { SHORT_STATUSES } from "./actions";
import type { Registration } from "./useRegistration";

/** The open registrations of the member whose id is in the form. */
export function OpenSessions({ work }: { work: Registration }) {
  const { form, registration, attemptTo } = work;
  const { sessions, loading } = registration;

  async function look() {
    if (!(await form.trigger("userBusinessId", { shouldFocus: true }))) return;
    attemptTo(() => registration.list(form.getValues("userBusinessId").trim()));
  }

  return (
    <section className="open-sessions" aria-labelledby="open-sessions">
      <h2 id="open-sessions">Go on with an open registration</h2>
      <p className="note">Type the member id above, and see what was begun for this member.</p>
      <Button className="button" isDisabled={loading} onPress={() => void look()}>
        Look for open registrations
      </Button>
      <div role="status">
        {sessions?.length === 0 && <p>This member has no open registration.</p>}
      </div>
      {sessions !== null && sessions.length > 0 && (
        <ul className="sessions">
          {sessions.map((session) => (
            <Session key={session.sessionId} session={session} work={work} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Session({ session, work }: { session: EducationListed; work: Registration }) {
  const { sessionId, status, expiresAt } = session;
  const { registration, attemptTo } = work;
  const end = new Date(expiresAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  return (
    <li>
      <span>
        <strong>{SHORT_STATUSES[status]}</strong>, until {end}
      </span>
      <Button className="button small" onPress={() => attemptTo(() => registration.resume(sessionId))}>
        Go on<span className="unseen"> with the one that is {SHORT_STATUSES[status]}, until {end}</span>
      </Button>
    </li>
  );
}
