import { useId, type ReactNode } from "react";

interface PanelProps {
  title: string;
  children: ReactNode;
  /** Beside the title. */
  aside?: ReactNode;
  id?: string;
  className?: string;
}

/** A part of a page, under a heading. */
export function Panel({ title, children, aside, id, className = "" }: PanelProps) {
  const heading = useId();
  return (
    <section className={`panel ${className}`} aria-labelledby={heading} id={id}>
      <div className="panel-head">
        <h2 id={heading}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
