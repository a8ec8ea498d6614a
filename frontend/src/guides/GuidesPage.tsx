import { Link } from "react-router";
import { serviceUrl } from "../site/address";
import { guides } from "./guides";

/** Lists the guides; the records of decisions are apart. */
export function Component() {
  const decisions = guides.filter(({ name }) => name.startsWith("decisions/"));
  return (
    <div className="page narrow">
      <title>Guides · assembly-service</title>
      <h1>Guides</h1>
      <p className="lead">
        How the service works and how to run it. Every call is described in the{" "}
        <a href={serviceUrl("/api/docs")}>API reference</a>.
      </p>
      <GuideList guides={guides.filter((guide) => !decisions.includes(guide))} />
      <h2>Decisions</h2>
      <p>Why it is built as it is.</p>
      <GuideList guides={decisions} />
    </div>
  );
}

function GuideList({ guides }: { guides: { name: string; title: string }[] }) {
  return (
    <ul className="guide-list">
      {guides.map(({ name, title }) => (
        <li key={name}>
          <Link to={`/docs/${name}`}>{title}</Link>
        </li>
      ))}
    </ul>
  );
}
