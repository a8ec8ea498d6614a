import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Project, ProjectList } from "assembly-service-client/drafts";
import { draftClient } from "../shared/client";

export function projectOptions(id: string) {
  return queryOptions({
    queryKey: ["project", id],
    queryFn: async ({ signal }) => {
      const path = `/api/projects/${encodeURIComponent(id)}`;
      return (await draftClient.call<Project>("GET", path, { signal })).body;
    },
  });
}

/** Newest first, a page after the other. */
export const projectsOptions = infiniteQueryOptions({
  queryKey: ["projects"],
  queryFn: async ({ pageParam, signal }) => {
    const after = pageParam === null ? "" : `&lastKey=${encodeURIComponent(pageParam)}`;
    const path = `/api/projects?limit=20${after}`;
    return (await draftClient.call<ProjectList>("GET", path, { signal })).body;
  },
  initialPageParam: null as string | null,
  getNextPageParam: ({ pagination }) => pagination.lastEvaluatedKey,
});
