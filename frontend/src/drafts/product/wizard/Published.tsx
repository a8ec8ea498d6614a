import type { ProductResult } from "assembly-service-client/drafts";
import { useEffect, useRef } from "react";
import { Button } from "react-aria-components";
import { Link } from "react-router";

interface PublishedProps {
  result: ProductResult;
  onAnother: () => void;
}

/** What has been made, and the way on. */
export function Published({ result, onAnother }: PublishedProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { productCode, productGuid, targetGuid } = result;
  return (
    <section className="panel">
      <h2 ref={heading} tabIndex={-1}>
        {productCode} is published
      </h2>
      <dl className="fact-list">
        <div className="wide">
          <dt>Product</dt>
          <dd>
            <code>{productGuid}</code>
          </dd>
        </div>
        <div className="wide">
          <dt>Audience</dt>
          <dd>
            <code>{targetGuid}</code>
          </dd>
        </div>
      </dl>
      <div className="buttons">
        <Link className="button primary" to={`/drafts/products/${productGuid}`}>
          Go to the product
        </Link>
        <Button className="button" onPress={onAnother}>
          Prepare another one
        </Button>
      </div>
    </section>
  );
}
