import { ShopClientProvider } from "assembly-service-client/react";
import { useEffect, useSyncExternalStore } from "react";
import { useParams } from "react-router";
import { rememberSeller } from "../home/recentSellers";
import { onPersonChange, person } from "../site/token";
import { personalClient } from "./client";
import { ProductDialog } from "./ProductDialog";
import { Shop } from "./Shop";
import "./shop.css";
import "../site/dialog.css";
import "./dialog.css";

/**
 * A seller's shop, and over it the product that the address names. It begins anew when another
 * person signs in.
 */
export function Component() {
  const { handle = "" } = useParams();
  const client = useSyncExternalStore(onPersonChange, personalClient);
  useEffect(() => rememberSeller(handle), [handle]);
  return (
    <ShopClientProvider key={person()} client={client}>
      <title>{`${handle} · assembly-service`}</title>
      <Shop key={handle} handle={handle} />
      <ProductDialog handle={handle} />
    </ShopClientProvider>
  );
}
