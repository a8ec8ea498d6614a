import { createDraftClient, DraftClientProvider } from "assembly-service-client/drafts";
import { NewCourse } from "./NewCourse.js";

let token: string | null = null;
const client = createDraftClient({
  url: "http://127.0.0.1:3002",
  // Asks once, and again when the service refuses it. `assembly-service token` prints one.
  token: ({ refused }) => (token === refused ? (token = prompt("Token")) : token),
});

export function App() {
  return (
    <DraftClientProvider client={client}>
      <NewCourse />
    </DraftClientProvider>
  );
}
