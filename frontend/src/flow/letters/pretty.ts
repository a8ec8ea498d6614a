import { eventOf } from "../edits";

/** The event in a body with its fields below each other; a body that is no JSON as it is. */
export function pretty(body: string): string {
  const event = eventOf(body);
  return typeof event === "object" ? JSON.stringify(event, null, 2) : body;
}
