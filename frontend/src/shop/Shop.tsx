import { useShopProducts } from "assembly-service-client/react";
import { useRef } from "react";
import { Announcer } from "./Announcer";
import { EmptyShop } from "./EmptyShop";
import { MoreProducts } from "./MoreProducts";
import { ProductCard } from "./ProductCard";
import { StatusLine } from "./StatusLine";
import { useHeldBack } from "./useHeldBack";
import { useIsVisible } from "./useIsVisible";

/** The products, newest first; what arrives while people read further down waits at the top. */
export function Shop({ handle }: { handle: string }) {
  const { products, isNew, ...shop } = useShopProducts(handle);
  const top = useRef<HTMLDivElement>(null);
  const { shown, waiting } = useHeldBack(products, useIsVisible(top));
  const isBare = products.length === 0;
  return (
    <div className="page">
      <div ref={top} className="shop-head">
        <h1 className="shop-name">{handle}</h1>
        <StatusLine {...shop} />
      </div>
      <Announcer products={products} isNew={isNew} status={shop.status} />
      {waiting > 0 && (
        <button className="button primary arrivals" onClick={showTop}>
          {waiting === 1 ? "1 new product" : `${waiting} new products`}
        </button>
      )}
      {isBare && shop.lastSyncedAt === null && shop.status !== "error" && <Skeletons />}
      {isBare && shop.lastSyncedAt !== null && <EmptyShop handle={handle} />}
      <ul className="cards">
        {shown.map((product) => (
          <li key={product.video_id}>
            <ProductCard product={product} isNew={isNew(product.video_id)} />
          </li>
        ))}
      </ul>
      {shop.hasMore && <MoreProducts loadMore={shop.loadMore} count={products.length} />}
    </div>
  );
}

function showTop() {
  const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  window.scrollTo({ top: 0, behavior: isCalm ? "auto" : "smooth" });
  document.getElementById("main")?.focus({ preventScroll: true });
}

function Skeletons() {
  return (
    <ul className="cards" aria-hidden="true">
      {Array.from({ length: 8 }, (_, n) => (
        <li key={n}>
          <div className="card skeleton">
            <div className="picture" />
          </div>
        </li>
      ))}
    </ul>
  );
}
