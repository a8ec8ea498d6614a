import type { EducationRecord } from "assembly-service-client/drafts";

/** What a record holds, in words. */
export function RecordFacts({ record }: { record: EducationRecord }) {
  return (
    <dl className="record-facts">
      {factsOf(record).map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function factsOf(record: EducationRecord): (readonly [string, string])[] {
  const facts = [
    ["Record number", record.educationId],
    ["Category", record.educationCategoryLabel],
    ["Member", record.userBusinessId],
    ["University", record.universityLabel],
    ["Country", record.countryLabel],
    ["Degree", record.degreeTypeLabel],
    ["Graduation", record.graduationYearLabel],
    ["COTO status", record.cotoStatusLabel],
    ["COTO registration", record.cotoRegistration],
    ["Account", record.accountId],
    ["Who may see it", record.accessModifierLabel],
    ["Notes", record.notes],
    ["Created", timeOf(record.createdAt)],
    ["Changed", record.updatedAt === record.createdAt ? undefined : timeOf(record.updatedAt)],
  ] as const;
  return facts.flatMap(([title, value]) => (value === undefined ? [] : [[title, value] as const]));
}

function timeOf(instant: string): string {
  return new Date(instant).toLocaleString([], { dateStyle: "long", timeStyle: "short" });
}
