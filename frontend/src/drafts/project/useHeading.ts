import { useLayoutEffect, useRef } from "react";

/** The heading of a step that has been gone to takes the focus, before anybody can press a key there. */
export function useHeading(step: number) {
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(step);
  useLayoutEffect(() => {
    if (shown.current === step) return;
    shown.current = step;
    heading.current?.focus();
  }, [step]);
  return heading;
}
