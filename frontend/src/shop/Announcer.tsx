import type { Product, ShopStatus } from "assembly-service-client";
import { useEffect, useRef, useState } from "react";

/** What arrives within it is announced together. */
const GATHER_MS = 2_000;
/** A connection that is back sooner is not worth a word. */
const LOST_MS = 4_000;

interface AnnouncerProps {
  products: readonly Product[];
  isNew: (videoId: string) => boolean;
  status: ShopStatus;
}

/** Tells screen readers what arrived and whether the connection holds, without chatter. */
export function Announcer({ products, isNew, status }: AnnouncerProps) {
  const arrivals = useArrivals(products.filter((product) => isNew(product.video_id)));
  const connection = useConnection(status);
  return (
    <>
      <p className="unseen" role="status">
        {arrivals}
      </p>
      <p className="unseen" role="status">
        {connection}
      </p>
    </>
  );
}

function useArrivals(arrived: readonly Product[]): string {
  const [message, setMessage] = useState("");
  const seen = useRef(new Set<string>());
  const gathered = useRef<Product[]>([]);
  const timer = useRef<number>(undefined);
  useEffect(() => {
    const unseen = arrived.filter((product) => !seen.current.has(product.video_id));
    if (unseen.length === 0) return;
    for (const product of unseen) seen.current.add(product.video_id);
    gathered.current.push(...unseen);
    timer.current ??= window.setTimeout(() => {
      const [first, ...others] = gathered.current;
      if (first !== undefined) {
        setMessage(others.length ? `${others.length + 1} new products` : `New: ${first.title}`);
      }
      gathered.current = [];
      timer.current = undefined;
    }, GATHER_MS);
  });
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return message;
}

function useConnection(status: ShopStatus): string {
  const [message, setMessage] = useState("");
  const isLost = status === "reconnecting" || status === "error";
  useEffect(() => {
    if (!isLost) {
      setMessage((now) => (now === "" ? "" : "The shop is up to date again."));
      return;
    }
    const sentence = "The connection is lost. What is shown may be out of date.";
    const timer = window.setTimeout(() => setMessage(sentence), LOST_MS);
    return () => window.clearTimeout(timer);
  }, [isLost]);
  return message;
}
