/** What the operators' calls answer. A figure is null while the service cannot read it. */
export type Figure = number | null;

export const QUEUES = ["caption", "thumbnail"] as const;
export type Queue = (typeof QUEUES)[number];

export const OUTCOMES = [
  "staged",
  "assembled",
  "updated",
  "duplicate",
  "stale",
  "quarantined",
  "retried",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface QueueFigures {
  name: string;
  waiting: Figure;
  inFlight: Figure;
  /** Received by the instance that answers. */
  perMinute: Figure;
}

export interface Staging {
  waiting: number;
  byAge: { under1Minute: number; under1Hour: number; under1Day: number; older: number };
  orphaned: number;
  oldestSince: string | null;
  /** False if there are more than were counted. */
  complete?: boolean;
  readAt?: string;
}

export interface Instance {
  id: string;
  role: string;
  lastHeardAt: string;
}

export interface Problem {
  at: string;
  sentence: string;
}

export interface Flow {
  instance: { id: string; role: string; startedAt: string; version: string };
  queues: Record<Queue, QueueFigures>;
  staging: Staging | null;
  outcomes: Record<Outcome, Figure>;
  products: { perMinute: Figure };
  browsers: { connections: Figure; subscriptions: Figure; deliveriesPerMinute: Figure };
  deadLetters: Record<Queue, { waiting: Figure; hidden: Figure }>;
  instances: Instance[];
  problems: Problem[];
  timestamp: string;
}

/** A message that was set aside, without its body. */
export interface SetAside {
  queue: Queue;
  half?: Queue | null;
  messageId: string;
  originalMessageId: string;
  reason: string;
  detail: string | null;
  setAsideAt: string;
}

export interface DeadLetter extends SetAside {
  sellerHandle: string | null;
  videoId: string | null;
  body: string;
}

export interface DeadLetters {
  deadLetters: DeadLetter[];
  byReason: Record<string, number>;
  /** False if there are more than were read. */
  complete: boolean;
}

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

export interface Difference {
  messageId: string;
  path: string;
  /** JSON text; null where there was nothing. */
  old: string | null;
  new: string;
}

export interface PreviousBody {
  queue: Queue;
  messageId: string;
  body: string;
}

export interface Redriven {
  putBack: number;
  left: number;
  /** A sentence for each message that stays. */
  refused: string[];
  differences?: Difference[];
  previousBodies?: PreviousBody[];
}

export interface AnnounceRequest {
  sellerHandle: string;
  /** All of the seller's if absent. */
  videoIds?: string[];
}

export interface Announced {
  announced: number;
  failed: number;
  absent: { videoId: string; missing: Queue | null }[];
  /** Products that were given a new `updated_at`, so that pollers see them too. */
  stamped: number;
}

export interface TraceHalf {
  inProduct?: string;
  staged?: string;
  receivedAt?: string;
  waitsUntil?: string;
  orphanedAt?: string | null;
  messageId?: string;
  correlationId?: string;
}

export type VideoState = "nothing_stored" | "waiting" | "expired" | "orphaned" | "product";

export interface Trace {
  sellerHandle: string;
  videoId: string;
  state: VideoState;
  summary: string;
  halves: Record<Queue, TraceHalf | null>;
  product: { createdAt: string; updatedAt: string } | null;
  deadLetters: SetAside[] | null;
  steps: { at: string; what: string }[];
}
