import { QUEUES, type DeadLetters, type Flow } from "../api/types";
import type { Filters } from "../filters";
import { sum } from "../format";

/** Whether the queues hold another number of dead letters by now than when they were read. */
export function isOutdated(
  { byReason, complete }: DeadLetters,
  counts: Flow["deadLetters"],
  { queue }: Filters,
): boolean {
  const shown = queue === undefined ? QUEUES : [queue];
  const held = sum(...shown.flatMap((each) => [counts[each].waiting, counts[each].hidden]));
  return complete && held !== null && held !== sum(...Object.values(byReason));
}
