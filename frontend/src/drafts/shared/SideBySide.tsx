import { useEffect, useId, useRef, useState } from "react";
import { Button } from "react-aria-components";
import type { FieldChange } from "./changes";
import { valueInWords } from "./words";

interface SideBySideProps {
  changes: readonly FieldChange[];
  /** With the fields of which the own value is wanted. */
  onSettle: (takesMine: ReadonlySet<string>) => void;
  onDiscard: () => void;
}

type Side = "theirs" | "mine";

/** Shows what somebody else changed meanwhile beside the own changes, and lets people choose. */
export function SideBySide({ changes, onSettle, onDiscard }: SideBySideProps) {
  const [chosen, setChosen] = useState<Readonly<Record<string, Side>>>({});
  const [wasAsked, setAsked] = useState(false);
  const conflicts = changes.filter(({ changedBy }) => changedBy === "both");
  const section = useRef<HTMLElement>(null);
  // What had the focus is gone with the form.
  useEffect(() => section.current?.focus(), []);
  const left = conflicts.filter(({ field }) => chosen[field.name] === undefined);

  function settle() {
    setAsked(true);
    if (left.length > 0) return;
    const mine = Object.entries(chosen).filter(([, side]) => side === "mine");
    onSettle(new Set(mine.map(([name]) => name)));
  }

  return (
    <section
      ref={section}
      className="side-by-side"
      tabIndex={-1}
      aria-label="Changed by somebody else"
    >
      <p role="alert">
        <strong>Somebody else changed this meanwhile.</strong> Nothing of theirs is overwritten.
        {conflicts.length > 0
          ? " You both changed the fields below: choose for each."
          : " You changed other fields, so both can be kept."}
      </p>
      {conflicts.map((change) => (
        <Choice
          key={change.field.name}
          change={change}
          side={chosen[change.field.name]}
          isMissing={wasAsked && chosen[change.field.name] === undefined}
          onChoose={(side) => setChosen({ ...chosen, [change.field.name]: side })}
        />
      ))}
      <Others changes={changes} changedBy="them" title="What they changed" />
      <Others changes={changes} changedBy="me" title="What you changed" />
      <div className="buttons">
        <Button className="button primary" onPress={settle}>
          Save this
        </Button>
        <Button className="button" onPress={onDiscard}>
          Discard my changes
        </Button>
      </div>
    </section>
  );
}

interface ChoiceProps {
  change: FieldChange;
  side: Side | undefined;
  isMissing: boolean;
  onChoose: (side: Side) => void;
}

function Choice({ change, side, isMissing, onChoose }: ChoiceProps) {
  const { field, before, theirs, mine } = change;
  const id = useId();
  const values = { theirs, mine };
  return (
    <fieldset className="field-choice" aria-describedby={id}>
      <legend>{field.title}</legend>
      <div className="choice-sides">
        {(["theirs", "mine"] as const).map((each) => (
          <label key={each} className="choice-side">
            <input
              type="radio"
              name={`${id}-${field.name}`}
              checked={side === each}
              onChange={() => onChoose(each)}
            />
            <span>
              <span className="note">{each === "theirs" ? "Theirs" : "Yours"}</span>
              <br />
              {valueInWords(field, values[each])}
            </span>
          </label>
        ))}
      </div>
      <div id={id}>
        {isMissing && <p className="react-aria-FieldError">Choose one of the two.</p>}
        <p className="note">Before: {valueInWords(field, before)}</p>
      </div>
    </fieldset>
  );
}

interface OthersProps {
  changes: readonly FieldChange[];
  changedBy: "me" | "them";
  title: string;
}

function Others({ changes, changedBy, title }: OthersProps) {
  const changed = changes.filter((change) => change.changedBy === changedBy);
  if (changed.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {changed.map(({ field, before, theirs, mine }) => (
          <li key={field.name}>
            {field.title}: {valueInWords(field, before)} →{" "}
            <strong>{valueInWords(field, changedBy === "me" ? mine : theirs)}</strong>
          </li>
        ))}
      </ul>
    </>
  );
}
