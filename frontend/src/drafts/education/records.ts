import type { DraftClient, EducationRecord } from "assembly-service-client/drafts";

const RECORDS = "/ot-education/orchestrator/records";

/** The record of a member. Throws DraftError. */
export function findRecord(client: DraftClient, member: string): Promise<EducationRecord> {
  return read(client, `${RECORDS}?${new URLSearchParams({ userBusinessId: member.trim() })}`);
}

/** Throws DraftError. */
export function getRecord(client: DraftClient, recordId: string): Promise<EducationRecord> {
  return read(client, `${RECORDS}/${encodeURIComponent(recordId)}`);
}

async function read(client: DraftClient, path: string): Promise<EducationRecord> {
  const { body } = await client.call<{ educationRecord: EducationRecord }>("GET", path);
  return body.educationRecord;
}
