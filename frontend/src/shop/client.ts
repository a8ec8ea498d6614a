import { createShopClient, type ShopClient } from "assembly-service-client";
import { serviceUrl } from "../site/address";
import { freshToken, person } from "../site/token";

let owner = person();
let current = clientOf(owner);

/** The client of whoever works in this tab now. */
export function personalClient(): ShopClient {
  if (owner !== person()) {
    owner = person();
    current = clientOf(owner);
  }
  return current;
}

/** What one person was shown is never shown to the next, nor followed with the next one's token. */
function clientOf(whose: string | null): ShopClient {
  return createShopClient({
    url: serviceUrl("/"),
    token: (asked) => {
      if (person() !== whose) throw new Error("Somebody else has signed in.");
      return freshToken(asked);
    },
  });
}
