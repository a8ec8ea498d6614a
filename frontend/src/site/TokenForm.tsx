import { useState, type FormEvent } from "react";
import { Button, FieldError, Input, Label, TextField } from "react-aria-components";
import { tokenProblem } from "./person";
import { asToken, keepsToken, keepToken } from "./token";
import "./token-form.css";

interface TokenFormProps {
  /** Told whether the token is of the same person as the one before. */
  onKept: (isSamePerson: boolean) => void;
}

/** Asks for a token and keeps it in the tab. */
export function TokenForm({ onKept }: TokenFormProps) {
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  function keep(event: FormEvent) {
    event.preventDefault();
    // The form may stand inside another one.
    event.stopPropagation();
    const found = tokenProblem(asToken(typed));
    setProblem(found);
    if (found === null) onKept(keepToken(asToken(typed)));
  }

  return (
    <form className="token-form" onSubmit={keep}>
      <TextField
        value={typed}
        onChange={setTyped}
        type="password"
        autoComplete="off"
        isInvalid={problem !== null}
        validationBehavior="aria"
      >
        <Label>Access token</Label>
        <div className="field-row">
          <Input />
          <Button type="submit" className="button primary">
            Go on
          </Button>
        </div>
        <FieldError>{problem}</FieldError>
      </TextField>
      <p className="note">
        {keepsToken()
          ? "It is kept in this tab until the tab is closed."
          : "This browser forbids its storage, so it is kept only until you leave this page or load it again."}
      </p>
    </form>
  );
}
