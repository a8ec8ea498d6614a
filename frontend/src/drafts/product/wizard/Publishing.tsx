import { useEffect, useRef } from "react";

/** While it is published. */
export function Publishing() {
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that was pressed is gone.
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className="panel publishing">
      <h2 ref={heading} tabIndex={-1}>
        The product is being published.
      </h2>
      <p className="note">
        It takes a few seconds, and longer if the service is not there at the moment. You may load
        this page again or close it: product and audience are made together or not at all.
      </p>
    </section>
  );
}
