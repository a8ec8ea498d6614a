import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { latestProductsOptions, queryClient } from "../flow/api/queries";
import type { LatestProduct } from "../flow/api/types";
import { age } from "../flow/format";

/** What arrives in any shop, newest first. It stands still under a pointer or the focus. */
export function LatestProducts() {
  const [isHeld, setIsHeld] = useState(false);
  const { data } = useQuery({ ...latestProductsOptions, enabled: !isHeld }, queryClient);
  if (data === undefined) return null;
  const { latestProducts, timestamp } = data;
  return (
    <section aria-labelledby="latest">
      <h2 id="latest">Arriving now</h2>
      {latestProducts.length === 0 ? (
        <p className="nothing-yet">Nothing has arrived since the service was started.</p>
      ) : (
        <ul
          className="latest"
          onPointerEnter={() => setIsHeld(true)}
          onPointerLeave={() => setIsHeld(false)}
          onFocus={() => setIsHeld(true)}
          onBlur={() => setIsHeld(false)}
        >
          {latestProducts.map((product) => (
            <li key={`${product.sellerHandle}/${product.videoId}`}>
              <Latest product={product} now={timestamp} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Latest({ product, now }: { product: LatestProduct; now: string }) {
  const { sellerHandle, title, eventType, at } = product;
  return (
    <Link to={`/shop/${sellerHandle}`}>
      <strong dir="auto">{title}</strong>
      <span>{sellerHandle}</span>
      <span>
        {eventType === "new_product" ? "New" : "Updated"}, {age(at, now)} ago
      </span>
    </Link>
  );
}
