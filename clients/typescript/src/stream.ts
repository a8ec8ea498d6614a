import type { ProductPushed, Subscribed } from "./events.js";
import type { ShopStore } from "./shop.js";
import { around } from "./timing.js";

const PATIENCE_MS = 5_000;
/** A stream does not tell a silent service from a dead connection, so it is opened anew. */
const LONGEST_MS = 300_000;

/**
 * Follow a shop by server-sent events until the connection ends or the signal aborts. `getTicket`
 * returns what opens the stream; null where nothing is needed.
 *
 * Returns whether it worked. It comes back with `since` instead of leaving that to the browser,
 * which knows no jitter.
 */
export async function followByStream(
  shop: ShopStore,
  url: string,
  getTicket: () => Promise<string | null>,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted || typeof EventSource === "undefined") return false;
  // Without a ticket there is no stream; the poll in its place says why.
  const ticket = await getTicket().catch(() => undefined);
  if (ticket === undefined || signal.aborted) return false;
  return new Promise((resolve) => {
    const request = Object.entries(shop.joinRequest()).map(([name, value]) => [name, `${value}`]);
    if (ticket !== null) request.push(["ticket", ticket]);
    const source = new EventSource(`${url}?${new URLSearchParams(request)}`);
    let worked = false;
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      source.close();
      resolve(worked);
    };
    let timer = setTimeout(end, PATIENCE_MS);
    signal.addEventListener("abort", end);
    source.addEventListener("error", end);

    const on = <Payload>(event: string, listener: (payload: Payload) => void) =>
      source.addEventListener(event, ({ data }) => listener(JSON.parse(data) as Payload));
    on<Subscribed>("subscribed", (subscribed) => {
      worked = true;
      clearTimeout(timer);
      timer = setTimeout(end, around(LONGEST_MS));
      shop.joined(subscribed);
    });
    on<ProductPushed>("new_product", ({ product }) => shop.take(product));
    on<ProductPushed>("product_updated", ({ product }) => shop.take(product));
    on("resync", () => shop.resync());
  });
}
