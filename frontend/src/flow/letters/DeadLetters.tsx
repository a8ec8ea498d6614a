import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { RedriveDialog } from "../actions/RedriveDialog";
import { deadLettersOptions } from "../api/queries";
import type { Flow, Selection } from "../api/types";
import { readFilters } from "../filters";
import { figure, sum } from "../format";
import { Panel } from "../panels/Panel";
import { LetterFilters } from "./LetterFilters";
import { LetterList } from "./LetterList";
import { isOutdated } from "./outdated";
import "./letters.css";

/** Dead letters by queue and reason, and the ways to put it back. */
export function DeadLetters({ counts }: { counts: Flow["deadLetters"] | undefined }) {
  const [search] = useSearchParams();
  const filters = readFilters(search);
  const { data, error, isFetching, refetch } = useQuery(deadLettersOptions(filters));
  const [chosen, setChosen] = useState<Selection | null>(null);
  const { deadLetters: letters = [], byReason = {} } = data ?? {};
  const isBare = Object.keys({ ...filters, ...byReason }).length === 0;
  const isOld = data && counts && !isFetching && isOutdated(data, counts, filters);
  return (
    <Panel
      id="dead-letters"
      className="letters-panel"
      title="Dead letters"
      aside={
        <button
          className={`button small ${isOld ? "primary" : ""}`}
          onClick={() => void refetch()}
          aria-disabled={isFetching}
        >
          {isFetching ? "Reading" : "Read again"}
        </button>
      }
    >
      {counts !== undefined && <Counts counts={counts} />}
      {isOld && <p>They have changed since they were read.</p>}
      {!isBare && <LetterFilters filters={filters} byReason={byReason} />}
      <p className="failure" role="status">
        {error?.message}
      </p>
      {data !== undefined && letters.length === 0 && <p className="all-well">None was found.</p>}
      {letters.length > 0 && (
        <>
          <p>
            <button className="button" onClick={() => setChosen(filters)}>
              {filters.reason === undefined ? "Put all back" : "Put all of this reason back"}
            </button>
          </p>
          <LetterList letters={letters} />
        </>
      )}
      {data?.complete === false && (
        <p className="note">There may be more: these are the ones that could be read.</p>
      )}
      {chosen !== null && <RedriveDialog selection={chosen} onClose={() => setChosen(null)} />}
    </Panel>
  );
}

function Counts({ counts: { caption, thumbnail } }: { counts: Flow["deadLetters"] }) {
  const hidden = sum(caption.hidden, thumbnail.hidden);
  return (
    <p className="note">
      {figure(caption.waiting)} of the caption queue, {figure(thumbnail.waiting)} of the thumbnail
      queue
      {hidden !== 0 && `, ${figure(hidden)} in the hands of a reader`}.
    </p>
  );
}
