import type { EducationRecord } from "assembly-service-client/drafts";
import { timeInWords } from "../shared/words";

const LONG = new Set(["Account", "Notes"]);

/** What a record holds, in words. */
export function RecordFacts({ record }: { record: EducationRecord }) {
  return (
    <dl className="panel fact-list">
      {factsOf(record).map(([title, value]) => (
        <div key={title} className={LONG.has(title) ? "wide" : undefined}>
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
    ["Who may see it", record.accessModifierLabel],
    ["Created", timeInWords(record.createdAt)],
    ["Changed", record.updatedAt === record.createdAt ? undefined : timeInWords(record.updatedAt)],
    ["Account", record.accountId],
    ["Notes", record.notes],
  ] as const;
  return facts.flatMap(([title, value]) => (value === undefined ? [] : [[title, value] as const]));
}
