// The package's types arrive, down to the fields that come from the OpenAPI document.
import { createShopClient } from "assembly-service-client";
import { useProductOrchestrator } from "assembly-service-client/drafts";
import { useShopProducts } from "assembly-service-client/react";

// @ts-expect-error: a URL is a text.
createShopClient({ url: 3002 });

export function useFirst(handle: string) {
  const [first] = useShopProducts(handle).products;
  // @ts-expect-error: there is no such field.
  return first?.price?.toFixed() ?? first.name;
}

export function useYear() {
  const { session, addProduct } = useProductOrchestrator();
  // @ts-expect-error: a product has more fields that are required.
  void addProduct({ productName: "Cup" });
  // @ts-expect-error: a year is a text.
  return session?.product?.productYear.toFixed();
}
