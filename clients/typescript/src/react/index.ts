export { ShopClientProvider, type ShopClientProviderProps, useShopClient } from "./provider.js";
export { shopProductsOptions, useLiveShopProducts } from "./query.js";
export { type ShopProducts, useProduct, useShopProducts } from "./shop.js";
