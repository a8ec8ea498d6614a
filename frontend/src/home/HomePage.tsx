import { Link } from "react-router";
import { TryOut } from "../samples/TryOut";
import { hasDrafts, isLocalMode, serviceUrl } from "../site/address";
import { LatestProducts } from "./LatestProducts";
import { SellerForm } from "./SellerForm";
import "./home.css";

/** What this is, and links to the other pages. */
export function Component() {
  return (
    <div className="page home">
      <title>assembly-service</title>
      <div className="home-top">
        <section className="hero">
          <h1>Two halves in, one product out, shown live</h1>
          <p className="lead">
            Sellers post videos. One worker reads the caption, another picks thumbnails; this
            service joins both into one product and shows it at once to everyone who watches the
            seller.
          </p>
          <SellerForm />
        </section>
        {isLocalMode && <TryOut />}
      </div>
      {isLocalMode && <LatestProducts />}
      <section aria-labelledby="more">
        <h2 id="more">Look further</h2>
        <ul className="home-links">
          {isLocalMode && (
            <HomeLink to="/flow" title="Flow">
              From the queues to the browsers, second by second, and where a video is.
            </HomeLink>
          )}
          {hasDrafts && (
            <HomeLink to="/drafts" title="Drafts">
              Products, projects and educations, prepared step by step.
            </HomeLink>
          )}
          <HomeLink to="/docs" title="Guides">
            How it works, and how to run and repair it.
          </HomeLink>
          <HomeLink href="/api/docs" title="API reference">
            Every call, to try out from the page.
          </HomeLink>
          <HomeLink href="/health/ready" title="Health">
            Whether the service is ready to serve.
          </HomeLink>
        </ul>
      </section>
    </div>
  );
}

interface HomeLinkProps {
  title: string;
  children: string;
  /** A page. */
  to?: string;
  /** A path of the service that is no page. */
  href?: string;
}

function HomeLink({ title, children, to, href = "" }: HomeLinkProps) {
  const inner = (
    <>
      <strong>{title}</strong>
      <span>{children}</span>
    </>
  );
  return <li>{to ? <Link to={to}>{inner}</Link> : <a href={serviceUrl(href)}>{inner}</a>}</li>;
}
