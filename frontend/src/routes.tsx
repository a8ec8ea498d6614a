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
      { path: "drafts", lazy: () => import("./drafts/DraftsPage") },
      { path: "drafts/product", lazy: () => import("./drafts/product/ProductWizard") },
      { path: "drafts/products", lazy: () => import("./drafts/product/ProductsPage") },
      { path: "drafts/products/:guid", lazy: () => import("./drafts/product/ProductPage") },
      { path: "drafts/project", lazy: () => import("./drafts/project/ProjectWizard") },
      { path: "drafts/projects", lazy: () => import("./drafts/project/ProjectsPage") },
      { path: "drafts/projects/:id", lazy: () => import("./drafts/project/ProjectPage") },
      { path: "drafts/education", lazy: () => import("./drafts/education/EducationPage") },
      { path: "drafts/education/records/:id", lazy: () => import("./drafts/education/RecordPage") },
      { path: "docs", lazy: () => import("./guides/GuidesPage") },
      { path: "docs/*", lazy: () => import("./guides/GuidePage") },
      { path: "*", Component: NotFound },
    ],
  },
];
