/** The shapes of the operators' calls by short names, and lists of what their enumerations hold. */
import type { components } from "./openapi";

type Schemas = components["schemas"];

export type Flow = Schemas["Flow"];
export type Trace = Schemas["VideoTrace"];
export type DeadLetters = Schemas["DeadLetters"];
export type Redriven = Schemas["Redriven"];
export type Announced = Schemas["Reannounced"];

/** Null while the service cannot read it. */
export type Figure = number | null;
export type Staging = NonNullable<Flow["staging"]>;
export type LatestProduct = Flow["latestProducts"][number];
export type Instance = Flow["instances"][number];
export type Problem = Flow["problems"][number];
export type VideoState = Trace["state"];
export type TraceHalf = NonNullable<Trace["halves"]["caption"]>;
/** A dead letter without its body. */
export type SetAside = NonNullable<Trace["deadLetters"]>[number];
export type DeadLetter = DeadLetters["deadLetters"][number];
export type Difference = Redriven["differences"][number];
export type PreviousBody = Redriven["previousBodies"][number];
export type Queue = SetAside["queue"];
export type Outcome = keyof Flow["outcomes"];

export const QUEUES: readonly Queue[] = ["caption", "thumbnail"];
export const OUTCOMES: readonly Outcome[] = [
  "staged",
  "assembled",
  "updated",
  "duplicate",
  "stale",
  "quarantined",
  "retried",
];

/** Which dead letters an action is about. */
export interface Selection {
  queue?: Queue;
  reason?: string;
  messageId?: string;
}

/** The value as it was typed: JSON, or else plain text. */
export interface Edit {
  path: string;
  value: string;
}

export interface RedriveRequest extends Selection {
  edits?: Edit[];
}

export interface AnnounceRequest {
  sellerHandle: string;
  /** The newest of the seller's if absent. */
  videoIds?: string[];
}
