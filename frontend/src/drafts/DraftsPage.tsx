import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { documentOptions, queryClient } from "./shared/queries";
import { SYSTEMS, type DraftSystem } from "./shared/systems";
import "./shared/drafts.css";
import "./drafts-page.css";

/** What can be prepared here, with the ways to begin and to what is there already. */
export function Component() {
  return (
    <QueryClientProvider client={queryClient}>
      <title>Drafts · assembly-service</title>
      <div className="page drafts">
        <h1>Drafts</h1>
        <p className="lead">
          Prepare something step by step. Every mistake is shown while it can still be mended, and
          only the last step writes anything for good.
        </p>
        <Systems />
      </div>
    </QueryClientProvider>
  );
}

interface Choice {
  readonly title: string;
  readonly about: string;
  readonly begin: { readonly to: string; readonly words: string };
  readonly list?: { readonly to: string; readonly words: string };
}

const CHOICES: Record<DraftSystem["schema"], Choice> = {
  ProductInput: {
    title: "Products",
    about: "A product and the people who will see it, published in one step.",
    begin: { to: "/drafts/product", words: "New product" },
    list: { to: "/drafts/products", words: "All products" },
  },
  ProjectData: {
    title: "Projects",
    about: "A building project in four steps, saved while you type.",
    begin: { to: "/drafts/project", words: "New project" },
    list: { to: "/drafts/projects", words: "All projects" },
  },
  EducationInput: {
    title: "Education",
    about: "The education of a member: checked, put into its category, linked to the account.",
    begin: { to: "/drafts/education", words: "Register an education" },
  },
};

function Systems() {
  const { data } = useQuery(documentOptions);
  if (data === undefined) return <p role="status">Looking at what this service has.</p>;
  const absent = SYSTEMS.filter(({ schema }) => !(schema in data.components.schemas));
  return (
    <>
      <ul className="draft-systems">
        {SYSTEMS.filter((system) => !absent.includes(system)).map(({ schema }) => (
          <System key={schema} choice={CHOICES[schema]} />
        ))}
      </ul>
      {absent.map(({ name, setting }) => (
        <p key={name} className="note">
          This service has no {name}: set <code>{setting}=true</code> and start it again.
        </p>
      ))}
    </>
  );
}

function System({ choice }: { choice: Choice | undefined }) {
  if (choice === undefined) return null;
  const { title, about, begin, list } = choice;
  return (
    <li>
      <h2>{title}</h2>
      <p>{about}</p>
      <p className="buttons">
        <Link className="button primary small" to={begin.to}>
          {begin.words}
        </Link>
        {list && (
          <Link className="button small" to={list.to}>
            {list.words}
          </Link>
        )}
      </p>
    </li>
  );
}
