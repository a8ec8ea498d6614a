import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button } from "react-aria-components";
import { queryClient } from "../../shared";
import type { Version } from "./useEditing";

interface PartProps {
  title: string;
  children: ReactNode;
  /** The form in place of the children; what is stored when it ends goes to `onSaved`. */
  editor: (onSaved: (version: Version) => void) => ReactNode;
}

/** A part of a product: shown, or being changed. */
export function Part({ title, children, editor }: PartProps) {
  const [isEditing, setEditing] = useState(false);
  const [said, setSaid] = useState("");
  const change = useRef<HTMLButtonElement>(null);
  const wasEdited = useRef(false);

  useEffect(() => {
    if (!isEditing && wasEdited.current) change.current?.focus();
    wasEdited.current = isEditing;
  }, [isEditing]);

  function saved(version: Version) {
    const key = ["product", version.body.productGuid];
    const before = queryClient.getQueryData<Version>(key);
    setSaid(before?.tag === version.tag ? "" : "Saved.");
    queryClient.setQueryData(key, version);
    setEditing(false);
  }

  return (
    <section className="panel record-part" aria-label={title}>
      <div className="record-part-head">
        <h2>{title}</h2>
        <span role="status">{said}</span>
        {!isEditing && (
          <Button
            ref={change}
            className="button small"
            onPress={() => {
              setSaid("");
              setEditing(true);
            }}
          >
            Change<span className="unseen"> {title.toLowerCase()}</span>
          </Button>
        )}
      </div>
      {isEditing ? editor(saved) : children}
    </section>
  );
}
