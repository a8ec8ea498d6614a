import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { QUEUES } from "../api/types";
import { withFilters, type Filters } from "../filters";
import { figure, words } from "../format";

interface LetterFiltersProps {
  filters: Filters;
  byReason: Record<string, number>;
}

/** Links that choose which dead letters are shown. */
export function LetterFilters({ filters, byReason }: LetterFiltersProps) {
  const { queue, reason } = filters;
  const ofAllQueues: Filters = reason === undefined ? {} : { reason };
  const ofAllReasons: Filters = queue === undefined ? {} : { queue };
  const reasons = Object.entries(byReason);
  const isUnlisted = reason !== undefined && byReason[reason] === undefined;
  return (
    <div className="letter-filters">
      <Choices name="Queue">
        <Choice to={ofAllQueues} isChosen={queue === undefined}>
          Both queues
        </Choice>
        {QUEUES.map((each) => (
          <Choice key={each} to={{ ...filters, queue: each }} isChosen={queue === each}>
            {each}
          </Choice>
        ))}
      </Choices>
      <Choices name="Reason">
        <Choice to={ofAllReasons} isChosen={reason === undefined}>
          All reasons
        </Choice>
        {[...reasons, ...(isUnlisted ? [[reason, 0] as const] : [])].map(([each, count]) => (
          <Choice key={each} to={{ ...filters, reason: each }} isChosen={reason === each}>
            {words(each)} <b>{figure(count)}</b>
          </Choice>
        ))}
      </Choices>
    </div>
  );
}

function Choices({ name, children }: { name: string; children: ReactNode }) {
  return (
    <nav className="choices" aria-label={name}>
      {children}
    </nav>
  );
}

interface ChoiceProps {
  to: Filters;
  isChosen: boolean;
  children: ReactNode;
}

function Choice({ to, isChosen, children }: ChoiceProps) {
  const [search] = useSearchParams();
  return (
    <Link
      className="choice"
      to={{ search: withFilters(search, to).toString() }}
      aria-current={isChosen ? "true" : undefined}
      preventScrollReset
    >
      {children}
    </Link>
  );
}
