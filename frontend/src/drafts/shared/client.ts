import { createDraftClient, type DraftClient } from "assembly-service-client/drafts";
import { serviceUrl } from "../../site/address";
import { freshToken, person } from "../../site/token";

const url = serviceUrl("");

/** For what anybody reads: the calls of whoever works in this tab when they are made. */
export const draftClient = createDraftClient({ url, token: freshToken, storage: null });

let current = clientOf(person());

/** The client of whoever works in this tab now. */
export function personalClient(): DraftClient {
  if (current.owner !== person()) current = clientOf(person());
  return current;
}

/** What one person left unsaved is never sent with the token of the next. */
function clientOf(owner: string | null): DraftClient {
  return createDraftClient({
    url,
    owner,
    token: (asked) => {
      const token = freshToken(asked);
      if (person() !== owner) throw new Error("Somebody else has signed in.");
      return token;
    },
  });
}
