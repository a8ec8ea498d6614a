import { Button } from "react-aria-components";
import { TokenForm } from "../../site/TokenForm";
import { CallFailure } from "../api/request";

interface ActionFailureProps {
  failure: Error;
  onRetry: () => void;
}

/** Why an action did not work. Where a token is missing, it says who may and asks for one. */
export function ActionFailure({ failure, onRetry }: ActionFailureProps) {
  if (failure instanceof CallFailure && failure.isRefused) {
    return <AskForToken failure={failure} onRetry={onRetry} />;
  }
  return (
    <div className="action-failure" role="alert">
      <p>{failure.message}</p>
      <Button className="button small" onPress={onRetry}>
        Try again
      </Button>
    </div>
  );
}

const WHO_MAY = "Only people whose token has the privilege Main may do this.";

function AskForToken({ failure, onRetry }: ActionFailureProps) {
  return (
    <div className="action-failure">
      <p role="alert">
        {WHO_MAY} {failure.message}
      </p>
      <TokenForm onKept={onRetry} />
    </div>
  );
}
