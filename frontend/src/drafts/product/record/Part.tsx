import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button } from "react-aria-components";
import { showVersion } from "./productOptions";
import type { EditingOptions } from "./useEditing";

interface PartProps {
  title: string;
  children: ReactNode;
  /** The form in place of the children, with what it calls when it ends. */
  editor: (ends: Pick<EditingOptions, "onSaved" | "onClose">) => ReactNode;
}

/** A part of a product: shown, or being changed. */
export function Part({ title, children, editor }: PartProps) {
  const queries = useQueryClient();
  const [isEditing, setEditing] = useState(false);
  const [said, setSaid] = useState("");
  const change = useRef<HTMLButtonElement>(null);
  const wasEdited = useRef(false);

  useEffect(() => {
    if (!isEditing && wasEdited.current) change.current?.focus();
    wasEdited.current = isEditing;
  }, [isEditing]);

  const ends: Parameters<typeof editor>[0] = {
    onSaved(version, isTypedOn) {
      void showVersion(queries, version);
      setSaid(isTypedOn ? "Saved, but for what you typed since." : "Saved.");
      setEditing(isTypedOn);
    },
    onClose: () => setEditing(false),
  };

  return (
    <section className="panel" aria-label={title}>
      <div className="panel-head">
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
      {isEditing ? editor(ends) : children}
    </section>
  );
}
