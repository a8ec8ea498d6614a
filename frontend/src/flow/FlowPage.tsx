import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { flowOptions, queryClient } from "./api/queries";
import type { Flow } from "./api/types";
import { AnnounceSeller } from "./actions/AnnounceSeller";
import { DeadLetters } from "./letters/DeadLetters";
import { LiveStatus } from "./LiveStatus";
import { Ages } from "./panels/Ages";
import { Instances } from "./panels/Instances";
import { Outcomes } from "./panels/Outcomes";
import { Problems } from "./panels/Problems";
import { Picture } from "./picture/Picture";
import { VideoSearch } from "./VideoSearch";
import "../site/dialog.css";
import "./flow.css";

/** How the flow stands, second by second, and what an operator can do about it. */
export function Component() {
  return (
    <QueryClientProvider client={queryClient}>
      <title>Flow · assembly-service</title>
      <FlowPage />
    </QueryClientProvider>
  );
}

function FlowPage() {
  const { data: readings = [], failureCount, failureReason } = useQuery(flowOptions);
  const flow = readings.at(-1);
  return (
    <div className="page flow">
      <div className="flow-head">
        <div>
          <h1>Flow</h1>
          <LiveStatus readAt={flow?.timestamp} failures={failureCount} failure={failureReason} />
        </div>
        <VideoSearch />
      </div>
      {flow !== undefined && (
        <Picture readings={readings} flow={flow} isOld={failureCount > 0} />
      )}
      <div className="flow-columns">
        {flow !== undefined && <Problems problems={flow.problems} now={flow.timestamp} />}
        {flow !== undefined && <Figures flow={flow} />}
        <DeadLetters counts={flow?.deadLetters} />
      </div>
    </div>
  );
}

function Figures({ flow }: { flow: Flow }) {
  return (
    <div className="flow-side">
      <Ages staging={flow.staging} now={flow.timestamp} />
      <Outcomes outcomes={flow.outcomes} />
      <Instances flow={flow} />
      <AnnounceSeller />
    </div>
  );
}
