import { vi } from "vitest";
import { createShopClient, type Shop, type ShopSnapshot } from "../../src/index.js";
import { HANDLE, URL_OF_SERVICE } from "./fake-service.js";

export function openShop(pageSize = 20): Shop {
  return createShopClient({ url: URL_OF_SERVICE, pageSize }).shop(HANDLE);
}

/** Let time pass, and everything happen that falls into it. */
export async function pass(milliseconds = 100): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

/** A shop that somebody watches, after its first load. */
export async function watchedShop(pageSize = 20): Promise<Shop & { unsubscribe: () => void }> {
  const shop = openShop(pageSize);
  const unsubscribe = shop.subscribe(() => undefined);
  await pass();
  return { ...shop, unsubscribe };
}

export function videoIds({ products }: Pick<ShopSnapshot, "products">): string[] {
  return products.map((product) => product.video_id);
}
