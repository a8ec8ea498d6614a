import { useState, type FormEvent } from "react";
import { Button, Input, Label, TextField } from "react-aria-components";
import { keepToken } from "../../site/token";

/** Asks for a token and keeps it in the tab. */
export function TokenForm({ onKept }: { onKept: () => void }) {
  const [typed, setTyped] = useState("");

  function keep(event: FormEvent) {
    event.preventDefault();
    // The form may stand inside another one.
    event.stopPropagation();
    if (typed.trim() === "") return;
    keepToken(typed);
    onKept();
  }

  return (
    <form className="token-form" onSubmit={keep}>
      <TextField value={typed} onChange={setTyped} type="password" autoComplete="off">
        <Label>Access token</Label>
        <div className="field-row">
          <Input />
          <Button type="submit" className="button primary">
            Go on
          </Button>
        </div>
      </TextField>
      <p className="note">It is kept in this tab until the tab is closed.</p>
    </form>
  );
}
