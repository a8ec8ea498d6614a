import { useEffect } from "react";
import { Link, useLoaderData, useLocation, type LoaderFunctionArgs } from "react-router";
import { NotFound } from "../site/NotFound";
import { loadGuide } from "./guides";
import "./guide.css";

export async function loader({ params }: LoaderFunctionArgs) {
  return loadGuide(params["*"] ?? "");
}

/** A guide, and in it the heading that the address names. */
export function Component() {
  const guide = useLoaderData<typeof loader>();
  const { hash } = useLocation();
  useEffect(() => {
    document.getElementById(decodeURIComponent(hash.slice(1)))?.scrollIntoView();
  }, [guide, hash]);
  if (guide === null) return <NotFound />;
  return (
    <div className="page narrow">
      <title>{`${guide.title} · assembly-service`}</title>
      <p className="crumb">
        <Link to="/docs">Guides</Link>
      </p>
      {/* Made from the repository's own guides when the pages were built. */}
      <article className="guide" dangerouslySetInnerHTML={{ __html: guide.html }} />
    </div>
  );
}
