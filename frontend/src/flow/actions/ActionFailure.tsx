import { useState, type FormEvent } from "react";
import { Button, FieldError, Input, Label, TextField } from "react-aria-components";
import { tokenProblem } from "../../site/person";
import { asToken, keepToken } from "../../site/token";
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
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  function use(event: FormEvent) {
    event.preventDefault();
    const found = tokenProblem(asToken(typed));
    setProblem(found);
    if (found !== null) return;
    keepToken(asToken(typed));
    onRetry();
  }

  return (
    <form className="action-failure" onSubmit={use}>
      <p role="alert">
        {WHO_MAY} {failure.message}
      </p>
      <TextField
        value={typed}
        onChange={setTyped}
        type="password"
        autoComplete="off"
        isInvalid={problem !== null}
        validationBehavior="aria"
      >
        <Label>Token</Label>
        <div className="field-row">
          <Input />
          <Button type="submit" className="button">
            Use this token
          </Button>
        </div>
        <FieldError>{problem}</FieldError>
      </TextField>
      <p className="note">It is kept in this tab until the tab is closed.</p>
    </form>
  );
}
