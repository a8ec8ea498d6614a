import type { ProjectData } from "assembly-service-client/drafts";
import type { ReactNode } from "react";
import { type Field, type FieldSet, isEmpty } from "../shared";
import { valueInWords } from "../shared/words";
import { type ProjectDocument, sizeText } from "./documents";
import { INPUT_STEPS, labelOf, stepOf } from "./steps";

interface ProjectFactsProps {
  data: ProjectData;
  fields: FieldSet;
  /** What stands beside the heading of a step. */
  action?: (step: number) => ReactNode;
}

/** All that is known of a project, by step. */
export function ProjectFacts({ data, fields, action }: ProjectFactsProps) {
  const lists = { 2: <Documents data={data} />, 3: <Connectors data={data} /> };
  return INPUT_STEPS.map((step) => (
    <section key={step} className="panel" aria-labelledby={`facts-${step}`}>
      <div className="panel-head">
        <h3 id={`facts-${step}`}>{labelOf(step)}</h3>
        {action?.(step)}
      </div>
      <Facts data={data} fields={fields} step={step} />
      {lists[step as 2 | 3]}
    </section>
  ));
}

function Facts({ data, fields, step }: ProjectFactsProps & { step: number }) {
  const values = data as Record<string, unknown>;
  const facts = fields.all
    .filter(({ name }) => stepOf(name) === step)
    .map((field) => [field, values[field.name] ?? absent(field)] as const)
    .filter(([, value]) => !isEmpty(value))
    // A long text takes a row of its own: below the others it leaves no gaps.
    .toSorted(([one], [other]) => Number(one.kind === "longText") - Number(other.kind === "longText"));
  if (facts.length === 0) return null;
  return (
    <dl className="fact-list">
      {facts.map(([field, value]) => (
        <div key={field.name} className={field.kind === "longText" ? "wide" : undefined}>
          <dt>{field.title}</dt>
          <dd>{valueInWords(field, value)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What it counts as if nothing was chosen. */
function absent({ kind, default: initial }: Field): unknown {
  return kind === "flag" ? (initial ?? true) : undefined;
}

function Documents({ data }: { data: ProjectData }) {
  const documents = (data.uploadedFiles ?? []) as ProjectDocument[];
  if (documents.length === 0) return <p className="note">None.</p>;
  return (
    <ul className="entries">
      {documents.map(({ id, name, size }) => (
        <li key={id}>
          <span className="entry-name">
            {name} <span className="note">{sizeText(size)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Connectors({ data }: { data: ProjectData }) {
  const types = ((data.connectors ?? []) as { type?: string }[]).map(({ type }) => type ?? "");
  if (types.length === 0) return null;
  return (
    <dl className="fact-list">
      <div className="wide">
        <dt>Sources</dt>
        <dd>{types.join(", ")}</dd>
      </div>
    </dl>
  );
}
