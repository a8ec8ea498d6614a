import { useEffect, useRef } from "react";
import { Link, NavLink, Outlet, ScrollRestoration, useLocation } from "react-router";
import { hasDrafts, isFlowAlone, isLocalMode, isMissing, serviceUrl } from "./address";
import { Mark } from "./Mark";
import { NotFound } from "./NotFound";

/** What is around every page. A new page takes the focus, so that it is read out. */
export function Layout() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const first = useRef(pathname);
  useEffect(() => {
    if (pathname === first.current) return;
    first.current = "";
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="site-header">
        <Link className="site-name" to={isFlowAlone ? "/flow" : "/"}>
          <Mark />
          assembly-service
        </Link>
        {!isFlowAlone && (
          <nav aria-label="Pages">
            <Link to="/" aria-current={currentShop(pathname)}>
              Shops
            </Link>
            {hasDrafts && <NavLink to="/drafts">Drafts</NavLink>}
            {isLocalMode && <NavLink to="/flow">Flow</NavLink>}
            <NavLink to="/docs">Guides</NavLink>
            <a href={serviceUrl("/api/docs")}>API</a>
          </nav>
        )}
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {isMissing && pathname === first.current ? <NotFound /> : <Outlet />}
      </main>
      <ScrollRestoration />
    </>
  );
}

/** The way to the shops is current on their pages too. */
function currentShop(pathname: string): "page" | "true" | undefined {
  if (pathname === "/") return "page";
  return pathname.startsWith("/shop/") ? "true" : undefined;
}
