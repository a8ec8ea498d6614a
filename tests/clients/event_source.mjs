// A stock EventSource, which tells what happens by lines of JSON: [EVENT, DATA, ID].
//
//   node event_source.mjs URL
//
// It reconnects by itself, and ends with its input.
import { EventSource } from "eventsource";

const source = new EventSource(process.argv[2]);

const tell = (event, ...values) => process.stdout.write(JSON.stringify([event, ...values]) + "\n");

source.onopen = () => tell("open", {});
source.onerror = ({ code }) => tell("error", { code, closed: source.readyState === source.CLOSED });
for (const event of ["subscribed", "new_product", "product_updated", "resync"])
  source.addEventListener(event, ({ data, lastEventId }) =>
    tell(event, JSON.parse(data), lastEventId),
  );

process.stdin.on("end", () => source.close()).resume();
