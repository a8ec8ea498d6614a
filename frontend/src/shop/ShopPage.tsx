import { createShopClient } from "assembly-service-client";
import { ShopClientProvider } from "assembly-service-client/react";
import { useEffect } from "react";
import { useParams } from "react-router";
import { rememberSeller } from "../home/recentSellers";
import { serviceUrl } from "../site/address";
import { freshToken } from "../site/token";
import { ProductDialog } from "./ProductDialog";
import { Shop } from "./Shop";
import "./shop.css";
import "../site/dialog.css";
import "./dialog.css";

const client = createShopClient({ url: serviceUrl("/"), token: freshToken });

/** A seller's shop, and over it the product that the address names. */
export function Component() {
  const { handle = "" } = useParams();
  useEffect(() => rememberSeller(handle), [handle]);
  return (
    <ShopClientProvider client={client}>
      <title>{`${handle} · assembly-service`}</title>
      <Shop key={handle} handle={handle} />
      <ProductDialog handle={handle} />
    </ShopClientProvider>
  );
}
