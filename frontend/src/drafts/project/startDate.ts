/** What is wrong with the first day of a project at the service's time, in milliseconds since 1970. */
export function problemOfStart(day: unknown, now: number): string | null {
  const today = new Date(now).toISOString().slice(0, 10);
  if (typeof day !== "string" || day === "" || day >= today) return null;
  return `The start date must be today or later: in UTC it is ${today}.`;
}
