import { QUEUES, type Queue } from "./api/types";

/** Which dead letters are shown; they stand in the address of the page. */
export interface Filters {
  queue?: Queue;
  reason?: string;
}

const REASON = /^\w{1,64}$/;

/** The filters of an address; what is no filter is left out. */
export function readFilters(search: URLSearchParams): Filters {
  const queue = QUEUES.find((each) => each === search.get("queue"));
  const reason = search.get("reason");
  return {
    ...(queue !== undefined && { queue }),
    ...(reason !== null && REASON.test(reason) && { reason }),
  };
}

/** The address with these filters, and everything else as it is. */
export function withFilters(search: URLSearchParams, filters: Filters): URLSearchParams {
  const changed = new URLSearchParams(search);
  for (const name of ["queue", "reason"] as const) {
    const value = filters[name];
    if (value === undefined) changed.delete(name);
    else changed.set(name, value);
  }
  return changed;
}
