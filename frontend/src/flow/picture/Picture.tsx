import { Link } from "react-router";
import { QUEUES, type Figure, type Flow, type Queue } from "../api/types";
import { counted, figure } from "../format";
import { paceOf } from "./pace";
import { Pipe } from "./Pipe";
import { Stage } from "./Stage";
import "./picture.css";

const NAMES: Record<Queue, string> = { caption: "Caption queue", thumbnail: "Thumbnail queue" };

interface PictureProps {
  /** Of the last minutes, oldest first; `flow` is the last one. */
  readings: readonly Flow[];
  flow: Flow;
  /** Whether the service does not answer, so that this is how it was. */
  isOld: boolean;
}

/** The way from the queues to the browsers: a picture, and a list to those who hear it. */
export function Picture({ readings, flow, isOld }: PictureProps) {
  const { queues, staging, products, browsers } = flow;
  const trend = (of: (reading: Flow) => Figure) => readings.map(of);
  const received = QUEUES.map((queue) => queues[queue].perMinute);
  return (
    <ol
      className={`flow-picture ${isOld ? "old" : ""}`}
      aria-label="From the queues to the browsers"
    >
      {QUEUES.map((queue) => (
        <Stage
          key={queue}
          kind={queue}
          name={NAMES[queue]}
          figure={queues[queue].waiting}
          unit="waiting"
          trend={trend((reading) => reading.queues[queue].waiting)}
          notes={[
            `${figure(queues[queue].inFlight)} in flight`,
            `${figure(queues[queue].perMinute)} received a minute`,
          ]}
        >
          <SetAside queue={queue} count={flow.deadLetters[queue].waiting} />
        </Stage>
      ))}
      <Pipe from={QUEUES} paces={received.map(paceOf)} />
      <Stage
        kind="staging"
        name="Staging"
        figure={staging && staging.waiting}
        unit={staging?.waiting === 1 ? "half waits" : "halves wait"}
        trend={trend((reading) => reading.staging && reading.staging.waiting)}
        notes={[`${counted(staging?.orphaned, "orphan")}`]}
      />
      <Pipe paces={[paceOf(products.perMinute)]} />
      <Stage
        kind="products"
        name="Products"
        figure={products.perMinute}
        unit="a minute"
        trend={trend((reading) => reading.products.perMinute)}
        notes={["new or changed"]}
      />
      <Pipe paces={[paceOf(browsers.deliveriesPerMinute)]} />
      <Stage
        kind="browsers"
        name="Browsers"
        figure={browsers.connections}
        unit="connected"
        trend={trend((reading) => reading.browsers.connections)}
        notes={[
          counted(browsers.subscriptions, "subscription"),
          `${counted(browsers.deliveriesPerMinute, "delivery", "deliveries")} a minute`,
        ]}
      />
    </ol>
  );
}

function SetAside({ queue, count }: { queue: Queue; count: Figure }) {
  if (count === null || count === 0) return null;
  return (
    <Link className="quarantined" to={`?queue=${queue}#dead-letters`}>
      {counted(count, "dead letter")}
    </Link>
  );
}
