import type { Product } from "assembly-service-client";
import { Link } from "react-router";
import { Picture } from "./Picture";
import { Price } from "./Price";

const MOST_TAGS = 2;

/** A product in the list. Whatever it holds, the card has the same shape. */
export function ProductCard({ product, isNew }: { product: Product; isNew: boolean }) {
  const { title, tags, sizes } = product;
  const hidden = tags.length - MOST_TAGS;
  return (
    <article className={isNew ? "card new" : "card"}>
      <Picture src={product.primary_thumbnail.thumbnail_url} title={title} alt="" />
      {isNew && <span className="badge">New</span>}
      <h2 className="card-title" dir="auto">
        <Link to={`?product=${product.video_id}`} preventScrollReset>
          {title}
        </Link>
      </h2>
      <Price value={product.price} />
      <p className="card-facts">
        {sizes !== null && sizes !== "" && (
          <span className="tag size" dir="auto">
            <span className="unseen">Sizes: </span>
            {sizes}
          </span>
        )}
        {tags.slice(0, MOST_TAGS).map((tag, n) => (
          <span key={n} className="tag" dir="auto">
            {tag}
          </span>
        ))}
        {hidden > 0 && (
          <span className="tag-rest">
            +{hidden}
            <span className="unseen"> tags</span>
          </span>
        )}
      </p>
    </article>
  );
}
