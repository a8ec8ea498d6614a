import type { RouteObject } from "react-router";
import { Failure } from "./site/Failure";
import { Layout } from "./site/Layout";
import { NotFound } from "./site/NotFound";

/** Each page is loaded when it is opened. The service knows these paths too: http/pages.py. */
export const routes: RouteObject[] = [
  {
    Component: Layout,
    ErrorBoundary: Failure,
    HydrateFallback: () => null,
    children: [
      { index: true, lazy: () => import("./home/HomePage") },
      { path: "shop/:handle", lazy: () => import("./shop/ShopPage") },
      { path: "flow", lazy: () => import("./flow/FlowPage") },
      { path: "flow/videos/:seller/:video", lazy: () => import("./flow/TracePage") },
      { path: "docs", lazy: () => import("./guides/GuidesPage") },
      { path: "docs/*", lazy: () => import("./guides/GuidePage") },
      { path: "*", Component: NotFound },
    ],
  },
];
