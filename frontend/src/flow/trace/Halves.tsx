import type { ReactNode } from "react";
import { QUEUES, type Queue, type Trace, type TraceHalf } from "../api/types";
import { dayAndTime } from "../format";
import { Panel } from "../panels/Panel";

const NAMES: Record<Queue, string> = { caption: "Caption", thumbnail: "Thumbnails" };

/** What is stored of each half. */
export function Halves({ trace }: { trace: Trace }) {
  return (
    <>
      {QUEUES.map((queue) => (
        <Panel key={queue} title={NAMES[queue]}>
          <Half half={trace.halves[queue]} />
        </Panel>
      ))}
    </>
  );
}

function Half({ half }: { half: TraceHalf | null }) {
  if (half === null) return <p className="note">Nothing is stored of it.</p>;
  return (
    <dl className="facts">
      <Instant name="In the product, made at" at={half.inProduct} />
      <Instant name="Waiting, made at" at={half.staged} />
      <Instant name="First received" at={half.firstReceivedAt} />
      <Instant name="Waits until" at={half.waitsUntil} />
      <Instant name="Orphan since" at={half.orphanedAt} />
      {half.messageId && <Fact name="Message">{half.messageId}</Fact>}
      {half.correlationId && <Fact name="Correlation id">{half.correlationId}</Fact>}
    </dl>
  );
}

function Instant({ name, at }: { name: string; at: string | null | undefined }) {
  if (at === null || at === undefined) return null;
  return (
    <Fact name={name}>
      <time dateTime={at}>{dayAndTime(at)}</time>
    </Fact>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
