// The events of the Socket.IO namespace `/products`; server-sent events carry the same payloads.
import type { Product, ProductList } from "./types.js";

export interface SubscribeRequest {
  seller_handle: string;
  /** The `timestamp` of the last `subscribed` or finished load: what changed since is sent first. */
  since?: string;
  /** So many of the newest products come with the answer. `since` wins over it. */
  snapshot?: number;
}

export interface Subscribed {
  seller_handle: string;
  message: string;
  /** The `since` of the next subscription. */
  timestamp: string;
  snapshot?: Pick<ProductList, "products" | "pagination">;
}

export interface ProductPushed {
  event_type: "new_product" | "product_updated";
  product: Product;
  timestamp: string;
  /** Of the event which led to it, or its SQS message id; missing from what is replayed. */
  correlation_id?: string;
}

export interface Resync {
  seller_handle: string;
  reason:
    | "too_many_changes"
    | "connection_restored"
    | "product_too_large"
    | "change_unconfirmed"
    | "unknown_mark";
  timestamp: string;
}

export interface Refused {
  code: string;
  message: string;
  timestamp: string;
  /** In seconds. */
  retry_after?: number;
}

export interface ServerToClientEvents {
  connected: (greeting: { message: string; clientId: string; timestamp: string }) => void;
  subscribed: (subscribed: Subscribed) => void;
  unsubscribed: (left: { seller_handle?: string; message: string; timestamp: string }) => void;
  new_product: (pushed: ProductPushed) => void;
  product_updated: (pushed: ProductPushed) => void;
  resync: (resync: Resync) => void;
  error: (refused: Refused) => void;
}

export interface ClientToServerEvents {
  subscribe_to_seller: (
    request: SubscribeRequest,
    acknowledge: (answer: Subscribed | Refused) => void,
  ) => void;
  unsubscribe: (request: { seller_handle: string }) => void;
}
