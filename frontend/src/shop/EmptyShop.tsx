import { SendSamples } from "../samples/SendSamples";
import { isLocalMode } from "../site/address";

/** A shop without products, which may have its first one at any moment. */
export function EmptyShop({ handle }: { handle: string }) {
  return (
    <section className="empty">
      <h2>Nothing is here yet</h2>
      <p>
        The first product of <strong>{handle}</strong> appears by itself, as soon as both halves of
        a video have arrived.
      </p>
      {isLocalMode && <SendSamples seller={handle} />}
    </section>
  );
}
