import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { isFlowAlone } from "../site/address";
import { AnnounceDialog } from "./actions/AnnounceDialog";
import { queryClient, traceOptions } from "./api/queries";
import type { Trace } from "./api/types";
import { Panel } from "./panels/Panel";
import { Halves } from "./trace/Halves";
import { Steps } from "./trace/Steps";
import { Summary } from "./trace/Summary";
import { VideoLetters } from "./trace/VideoLetters";
import { VideoSearch } from "./VideoSearch";
import type { VideoName } from "./videos";
import "../site/dialog.css";
import "./flow.css";
import "./trace/trace.css";

/** Where a video is, what is the matter, and what helps. */
export function Component() {
  const { seller = "", video = "" } = useParams();
  return (
    <QueryClientProvider client={queryClient}>
      <title>{`Video ${video} of ${seller} · assembly-service`}</title>
      <TracePage key={`${seller}/${video}`} seller={seller} video={video} />
    </QueryClientProvider>
  );
}

function TracePage({ seller, video }: VideoName) {
  const [isBusy, setIsBusy] = useState(false);
  const { data: trace, error } = useQuery(traceOptions(seller, video, isBusy));
  return (
    <div className="page flow">
      <p className="crumb">
        <Link to="/flow">Flow</Link>
      </p>
      <h1 className="video-name">Video {video}</h1>
      <p className="lead">
        of {isFlowAlone ? seller : <Link to={`/shop/${seller}`}>{seller}</Link>}
      </p>
      <p className="failure" role="status">
        {error !== null && `${error.message} This page keeps asking.`}
      </p>
      {trace === undefined
        ? error === null && <p>Looking for it.</p>
        : <Found trace={trace} onBusyChange={setIsBusy} />}
    </div>
  );
}

interface FoundProps {
  trace: Trace;
  /** Told whether somebody is about to do something. */
  onBusyChange: (isBusy: boolean) => void;
}

function Found({ trace, onBusyChange }: FoundProps) {
  const [isAnnouncing, setIsAnnouncing] = useState(false);

  function announcing(isOpen: boolean) {
    setIsAnnouncing(isOpen);
    onBusyChange(isOpen);
  }

  return (
    <>
      <Summary trace={trace}>
        {trace.product !== null && (
          <button className="button small" onClick={() => announcing(true)}>
            Announce again
          </button>
        )}
      </Summary>
      <div className="flow-columns">
        <div className="flow-main">
          <VideoLetters letters={trace.deadLetters} onBusyChange={onBusyChange} />
          <Steps steps={trace.steps} />
        </div>
        <div className="flow-side">
          <Halves trace={trace} />
          <Panel title="Another video">
            <VideoSearch seller={trace.sellerHandle} />
          </Panel>
        </div>
      </div>
      {isAnnouncing && (
        <AnnounceDialog
          wanted={{ sellerHandle: trace.sellerHandle, videoIds: [trace.videoId] }}
          onClose={() => announcing(false)}
        />
      )}
    </>
  );
}
