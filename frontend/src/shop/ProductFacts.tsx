import type { Product } from "assembly-service-client";
import type { ReactNode } from "react";
import { Heading } from "react-aria-components";
import { date, duration } from "./format";
import { Price } from "./Price";
import { Thumbnails } from "./Thumbnails";

/** Everything that is known of a product. */
export function ProductFacts({ product }: { product: Product }) {
  const { title, tags, sizes, raw_caption: caption = "" } = product;
  return (
    <div className="dialog-columns">
      <Thumbnails product={product} />
      <div className="dialog-facts">
        <Heading slot="title" className="dialog-title">
          <bdi>{title}</bdi>
        </Heading>
        <Price value={product.price} />
        {caption !== "" && (
          <blockquote className="raw-caption" dir="auto">
            {caption}
          </blockquote>
        )}
        {tags.length > 0 && (
          <ul className="tags" aria-label="Tags">
            {tags.map((tag, n) => (
              <li key={n} className="tag" dir="auto">
                {tag}
              </li>
            ))}
          </ul>
        )}
        <dl className="facts">
          {sizes !== null && sizes !== "" && (
            <Fact name="Sizes">
              <bdi>{sizes}</bdi>
            </Fact>
          )}
          <Fact name="Made">
            <time dateTime={product.created_at}>{date(product.created_at)}</time>
          </Fact>
          {product.updated_at !== product.created_at && (
            <Fact name="Changed">
              <time dateTime={product.updated_at}>{date(product.updated_at)}</time>
            </Fact>
          )}
          <Fact name="Video">{product.video_id}</Fact>
          <Fact name="Length">{duration(product.processing_metadata.video_duration)}</Fact>
        </dl>
      </div>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
