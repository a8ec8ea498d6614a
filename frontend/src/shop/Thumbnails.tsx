import type { Product } from "assembly-service-client";
import { useState } from "react";
import { duration } from "./format";
import { Picture } from "./Picture";

/** One thumbnail large, at first the primary one, and all of them to choose from. */
export function Thumbnails({ product }: { product: Product }) {
  const { title, thumbnails, primary_thumbnail: primary } = product;
  const [chosen, setChosen] = useState<number | null>(null);
  const first = thumbnails.findIndex((each) => each.thumbnail_url === primary.thumbnail_url);
  const current = chosen ?? first;
  const shown = thumbnails[current] ?? primary;
  return (
    <div className="dialog-pictures">
      <Picture src={shown.thumbnail_url} title={title} alt={title} />
      {thumbnails.length > 1 && (
        <ul className="thumbnails" aria-label="Thumbnails">
          {thumbnails.map((each, n) => (
            <li key={n}>
              <button
                className="thumbnail-button"
                aria-pressed={n === current}
                aria-label={`${n + 1} of ${thumbnails.length}, at ${duration(each.frame_timestamp)}`}
                onClick={() => setChosen(n)}
              >
                <Picture src={each.thumbnail_url} title={title} alt="" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
