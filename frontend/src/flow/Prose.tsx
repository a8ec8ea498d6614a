import type { ReactNode } from "react";
import { dayAndTime } from "./format";

const PARTS = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|`[^`]+`)/;

/** Sentences of the service: instants in the reader's zone, commands as code. */
export function Prose({ children }: { children: string }) {
  return children.split(PARTS).map((part, n) => <Part key={n}>{part}</Part>);
}

function Part({ children }: { children: string }): ReactNode {
  if (children.startsWith("`")) return <code>{children.slice(1, -1)}</code>;
  if (PARTS.test(children)) return <time dateTime={children}>{dayAndTime(children)}</time>;
  return children;
}
