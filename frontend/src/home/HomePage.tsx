import { Link } from "react-router";
import { serviceUrl } from "../site/address";
import { SellerForm } from "./SellerForm";
import "./home.css";

/** What this is, and the ways on from here. */
export function Component() {
  return (
    <div className="page home">
      <title>assembly-service</title>
      <section className="hero">
        <h1>Two halves in, one product out, shown live</h1>
        <p className="lead">
          One worker reads a video&rsquo;s caption, another picks its thumbnails. This service
          joins both into a product, once, and shows it at once to everyone who watches the seller.
        </p>
        <SellerForm />
      </section>
      <section aria-labelledby="more">
        <h2 id="more">Look further</h2>
        <ul className="ways">
          <Way to="/docs" title="Guides">
            How it works, and how to run and repair it.
          </Way>
          <Way href="/api/docs" title="API reference">
            Every call, to try out from the page.
          </Way>
          <Way href="/health" title="Health">
            What works at the moment, and what does not.
          </Way>
          <Way href="/metrics" title="Metrics">
            Figures for Prometheus.
          </Way>
        </ul>
      </section>
    </div>
  );
}

interface WayProps {
  title: string;
  children: string;
  /** A page. */
  to?: string;
  /** A path of the service that is no page. */
  href?: string;
}

function Way({ title, children, to, href }: WayProps) {
  const inner = (
    <>
      <strong>{title}</strong>
      <span>{children}</span>
    </>
  );
  return (
    <li>{to === undefined ? <a href={serviceUrl(href ?? "")}>{inner}</a> : <Link to={to}>{inner}</Link>}</li>
  );
}
