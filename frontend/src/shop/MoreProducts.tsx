import { useEffect, useRef } from "react";

/** How far below the window the end may be when the next page is loaded. */
const AHEAD = "800px";

interface MoreProductsProps {
  loadMore: () => Promise<void>;
  /** How many there are; each time it has grown, the end may still be near. */
  count: number;
}

/** The end of the list: loads the next page when it comes near, or when it is asked to. */
export function MoreProducts({ loadMore, count }: MoreProductsProps) {
  const end = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (end.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void loadMore();
      },
      { rootMargin: AHEAD },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [loadMore, count]);
  return (
    <p ref={end} className="more">
      <button className="button" onClick={() => void loadMore()}>
        Show older products
      </button>
    </p>
  );
}
