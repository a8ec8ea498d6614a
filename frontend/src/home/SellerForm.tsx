import { useState, type FormEvent } from "react";
import { Button, FieldError, Input, Label, TextField } from "react-aria-components";
import { Link, useNavigate } from "react-router";
import { recentSellers } from "./recentSellers";

const HANDLE = /^[A-Za-z0-9._-]{1,64}$/;
const BROKEN = "A handle has letters, digits, dots, underscores and hyphens, at most 64 of them.";

/** Opens the shop of a seller: one that is typed, or one seen before. */
export function SellerForm() {
  const navigate = useNavigate();
  const [handle, setHandle] = useState("");
  const [submitted, setSubmitted] = useState(false);
  const typed = handle.trim().replace(/^@/, "");
  const isBroken = submitted && !isHandle(typed);

  function open(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    if (isHandle(typed)) void navigate(`/shop/${typed}`);
  }

  return (
    <form className="seller-form" onSubmit={open} noValidate>
      <TextField
        value={handle}
        onChange={setHandle}
        isInvalid={isBroken}
        autoComplete="off"
        spellCheck="false"
      >
        <Label>Seller</Label>
        <div className="field-row">
          <Input placeholder="home256" autoCapitalize="none" />
          <Button type="submit" className="button primary">
            Open shop
          </Button>
        </div>
        <FieldError>{BROKEN}</FieldError>
      </TextField>
      <p className="chips">
        <span>For example</span>
        {recentSellers().map((seller) => (
          <Link key={seller} className="chip" to={`/shop/${seller}`}>
            {seller}
          </Link>
        ))}
      </p>
    </form>
  );
}

function isHandle(text: string): boolean {
  return HANDLE.test(text) && text !== "." && text !== "..";
}
