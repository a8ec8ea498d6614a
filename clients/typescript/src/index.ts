export { createShopClient, type ShopClient, type ShopClientOptions } from "./client.js";
export { ShopError } from "./errors.js";
export type { AskForToken } from "./tokens.js";
export type * from "./events.js";
export type {
  Product,
  ProductList,
  ProductSnapshot,
  Shop,
  ShopSnapshot,
  ShopStatus,
  Store,
} from "./types.js";
