import { Button } from "react-aria-components";
import { ACTIONS } from "./actions";
import { CancelButton } from "./CancelButton";
import type { Registration } from "./useRegistration";

/** The next step as a button, and the other things that can be done now. */
export function NextButtons({ work }: { work: Registration }) {
  const { registration, form, isUnsaved, nextAction, attemptTo } = work;
  const { session, loading } = registration;
  const isOpen = session !== null;
  const words = isOpen && isUnsaved ? "Save the changes" : ACTIONS[nextAction ?? "stage_data"];
  const hasMoreSteps = nextAction !== "stage_data" && nextAction !== "create_record";

  function takeAll() {
    const accountId = form.getValues("accountId").trim();
    attemptTo(() => registration.executeWorkflow(accountId || undefined));
  }

  return (
    <>
      {isOpen && isUnsaved && (
        <p className="note">After a change, the later steps are taken again.</p>
      )}
      <div className="buttons">
        <Button type="submit" className="button primary" isPending={loading}>
          {words}
        </Button>
        {isOpen && hasMoreSteps && (
          <Button className="button" isDisabled={loading} onPress={takeAll}>
            Do all that is left
          </Button>
        )}
        {isOpen && <CancelButton work={work} />}
      </div>
    </>
  );
}
