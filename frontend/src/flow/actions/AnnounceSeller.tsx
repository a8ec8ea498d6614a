import { useState, type FormEvent } from "react";
import { Button, FieldError, Input, Label, TextField } from "react-aria-components";
import { Panel } from "../panels/Panel";
import { isSeller, sellerHandle } from "../videos";
import { AnnounceDialog } from "./AnnounceDialog";

/** Announces all products of a seller again. */
export function AnnounceSeller() {
  const [typed, setTyped] = useState("");
  const [isSubmitted, setIsSubmitted] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  const seller = sellerHandle(typed);

  function open(event: FormEvent) {
    event.preventDefault();
    setIsSubmitted(true);
    setIsOpen(isSeller(seller));
  }

  return (
    <Panel title="Announce again">
      <p className="note">For clients that seem to have missed products of a seller.</p>
      <form onSubmit={open} noValidate>
        <TextField
          value={typed}
          onChange={setTyped}
          isInvalid={isSubmitted && !isSeller(seller)}
          autoComplete="off"
          spellCheck="false"
        >
          <Label>Seller whose products to announce</Label>
          <div className="field-row">
            <Input placeholder="home256" autoCapitalize="none" />
            <Button type="submit" className="button">
              Preview
            </Button>
          </div>
          <FieldError>Type the seller&rsquo;s handle, such as home256.</FieldError>
        </TextField>
      </form>
      {isOpen && (
        <AnnounceDialog wanted={{ sellerHandle: seller }} onClose={() => setIsOpen(false)} />
      )}
    </Panel>
  );
}
