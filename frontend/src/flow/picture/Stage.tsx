import type { ReactNode } from "react";
import type { Figure } from "../api/types";
import { figure as written } from "../format";
import { Sparkline } from "./Sparkline";

interface StageProps {
  kind: string;
  name: string;
  figure: Figure;
  unit: string;
  /** The figure over the last minutes. */
  trend: readonly Figure[];
  notes: readonly string[];
  children?: ReactNode;
}

/** A place on the way, with how much is there. */
export function Stage({ kind, name, figure, unit, trend, notes, children }: StageProps) {
  return (
    <li className={`stage ${kind}`}>
      <h2 className="stage-name">{name}</h2>
      <p className="stage-figure">
        <strong>{written(figure)}</strong> {unit}
      </p>
      <Sparkline figures={trend} />
      <ul className="stage-notes">
        {notes.map((note, n) => (
          <li key={n}>{note}</li>
        ))}
      </ul>
      {children}
    </li>
  );
}
