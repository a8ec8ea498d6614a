import { useQuery } from "@tanstack/react-query";
import { documentOptions } from "../shared/queries";
import type { MatchMode } from "./audience";

/** How the service matches people with the criteria of a new product. */
export function useMatchMode(): MatchMode {
  const { data } = useQuery(documentOptions);
  return data?.components.schemas["AudienceTargetInput"]?.["x-match-mode"] ?? "any";
}
