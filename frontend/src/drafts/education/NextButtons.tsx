import { Button } from "react-aria-components";
import { ACTIONS } from "./actions";
import { CancelButton } from "./CancelButton";
import type { Registration } from "./useRegistration";

/** The next step as a button, and the other things that can be done now. */
export function NextButtons({ registration }: { registration: Registration }) {
  const { education, form, isUnsaved, isUnread, nextAction, mayNot } = registration;
  const { attempt, leaveSession } = registration;
  const { session, loading } = education;
  const isOpen = session !== null;
  const hasMoreSteps = nextAction !== "stage_data" && nextAction !== "create_record";

  function takeAll() {
    const accountId = form.getValues("accountId").trim();
    attempt(() => education.executeWorkflow(accountId || undefined), { isAll: true });
  }

  return (
    <>
      {isOpen && isUnsaved && (
        <p className="note">After a change, the later steps have to be repeated.</p>
      )}
      <div className="buttons">
        <Button type="submit" className="button primary" isPending={loading} isDisabled={mayNot.next}>
          {nextWords(registration)}
        </Button>
        {isOpen && hasMoreSteps && (
          <Button className="button" isDisabled={loading || mayNot.takeAll} onPress={takeAll}>
            Do all remaining steps
          </Button>
        )}
        {isUnread && !loading && (
          <Button className="button" onPress={leaveSession}>
            Start a new one with this data
          </Button>
        )}
        {isOpen && <CancelButton registration={registration} />}
      </div>
    </>
  );
}

function nextWords({ education, isUnsaved, isUnread, nextAction }: Registration): string {
  if (isUnread && !education.loading) return "Continue the saved registration";
  if (education.session !== null && isUnsaved) return "Save the changes";
  return ACTIONS[nextAction ?? "stage_data"];
}
