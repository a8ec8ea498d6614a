import { forgetLocalToken, token } from "../../site/token";
import { editsJson } from "../edits";
import type { Filters } from "../filters";
import { CallFailure, request } from "./request";
import type {
  AnnounceRequest,
  Announced,
  DeadLetters,
  Flow,
  RedriveRequest,
  Redriven,
  Trace,
} from "./types";

const OPERATIONS = "/api/v1/operations";
const LETTERS_SHOWN = 50;
/** A dead-letter queue is read a few messages at a time. */
const QUEUE_MS = 120_000;

export function readFlow(signal: AbortSignal): Promise<Flow> {
  return request(`${OPERATIONS}/flow`, { signal });
}

export function readTrace(seller: string, video: string, signal: AbortSignal): Promise<Trace> {
  const path = [seller, video].map(encodeURIComponent).join("/");
  return request(`${OPERATIONS}/videos/${path}`, { signal, patienceMs: QUEUE_MS });
}

export function readDeadLetters(
  { queue, reason }: Filters,
  signal: AbortSignal,
): Promise<DeadLetters> {
  const search = new URLSearchParams({ limit: `${LETTERS_SHOWN}` });
  if (queue !== undefined) search.set("queue", queue);
  if (reason !== undefined) search.set("reason", reason);
  return request(`${OPERATIONS}/dead-letters?${search}`, { signal, patienceMs: QUEUE_MS });
}

/** Says what a redrive would do, or does it. */
export function redrive(
  { edits, ...selection }: RedriveRequest,
  preview: boolean,
): Promise<Redriven> {
  const body = JSON.stringify({ ...selection, preview });
  const full = edits === undefined ? body : `${body.slice(0, -1)},"edits":${editsJson(edits)}}`;
  return act(`${OPERATIONS}/dead-letters/redrive`, full);
}

/** Says what an announcement would do, or makes it. */
export function announce(wanted: AnnounceRequest, preview: boolean): Promise<Announced> {
  return act(`${OPERATIONS}/announcements`, JSON.stringify({ ...wanted, preview }));
}

async function act<Answer>(path: string, body: string): Promise<Answer> {
  const held = await token();
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (held !== null) headers["Authorization"] = `Bearer ${held}`;
  try {
    return await request(path, { method: "POST", headers, body, patienceMs: QUEUE_MS });
  } catch (error) {
    if (error instanceof CallFailure && error.status === 401) forgetLocalToken();
    throw error;
  }
}
