import { createDraftClient } from "assembly-service-client/drafts";
import { serviceUrl } from "../../site/address";
import { forgetLocalToken, token } from "../../site/token";

/** The calls of the draft systems, for the person in this tab. */
export const draftClient = createDraftClient({
  url: serviceUrl(""),
  token: ({ refused }) => {
    if (refused !== null) forgetLocalToken();
    return token();
  },
});
