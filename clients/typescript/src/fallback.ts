import { asShopError } from "./errors.js";
import type { Rest } from "./rest.js";
import type { ShopStore } from "./shop.js";
import { followByStream } from "./stream.js";
import { around, backoff, pause } from "./timing.js";

const POLL_EVERY_MS = 5_000;
/** So often is polled before a stream is tried again. */
const POLLS = 12;

/** Browsers open six connections to a host that speaks HTTP/1.1; some are left for the rest. */
const MOST_STREAMS = 3;

/**
 * Follow a shop without sockets until the signal aborts: by a stream, else by polling.
 *
 * `streamed` are all shops of the client that have a stream at the moment.
 */
export async function followWithoutSocket(
  shop: ShopStore,
  rest: Rest,
  streamed: Set<ShopStore>,
  signal: AbortSignal,
): Promise<void> {
  // All clients that one restart cut off are blocked at the same moment.
  await pause(backoff(0), signal);
  while (!signal.aborted) {
    let worked = false;
    if (streamed.size < MOST_STREAMS) {
      streamed.add(shop);
      const eventsUrl = `${rest.shopUrl(shop.handle)}/events`;
      worked = await followByStream(shop, eventsUrl, () => rest.ticket(shop.handle), signal);
      streamed.delete(shop);
    }
    if (!worked) await pollForAWhile(shop, signal);
    else if (!signal.aborted) {
      shop.interrupted();
      await pause(backoff(0), signal);
    }
  }
}

async function pollForAWhile(shop: ShopStore, signal: AbortSignal): Promise<void> {
  for (let polls = 0, failures = 0; polls < POLLS && !signal.aborted; polls++) {
    try {
      await shop.poll();
      if (signal.aborted) return;
      shop.upToDate("polling");
      failures = 0;
      await pause(around(POLL_EVERY_MS), signal);
    } catch (caught) {
      if (signal.aborted) return;
      const error = asShopError(caught);
      shop.interrupted(error);
      if (error.isFinal) return pause(Infinity, signal);
      // The socket keeps trying too: a service that is away need not be asked twice as often.
      const wait = 3 * backoff(failures++);
      await pause(Math.max(wait, (error.retryAfter ?? 0) * 1000), signal);
    }
  }
}
