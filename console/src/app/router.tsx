/**
 * Every view has a URL. All of them are below /console, for the server's APIs have paths of their own (/schedules, /functions).
 * A page is a folder in `pages/` whose `index.tsx` exports `Page`; it is loaded when somebody goes there.
 */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { NotFound, PageError } from './PageError';
import { Shell } from './shell';

const root = createRootRoute({ component: Shell });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/console/state-machines' });
  },
});
const consoleHome = createRoute({ getParentRoute: () => root, path: '/console', beforeLoad: home.options.beforeLoad });

/** Search parameters are texts; each page says which it knows and what they mean. */
export type Search = Record<string, string | undefined>;

function page<const Path extends string>(path: Path, load: () => Promise<{ Page: React.ComponentType }>) {
  return createRoute({
    getParentRoute: () => root,
    path,
    validateSearch: (search: Record<string, unknown>): Search =>
      Object.fromEntries(
        Object.entries(search).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
      ),
    component: lazyRouteComponent(load, 'Page'),
  });
}

const routes = [
  page('/console/state-machines', () => import('../pages/state-machines')),
  page('/console/state-machines/$arn', () => import('../pages/state-machine')),
  page('/console/executions', () => import('../pages/executions')),
  page('/console/executions/$arn', () => import('../pages/execution')),
  page('/console/map-runs/$arn', () => import('../pages/map-run')),
  page('/console/studio', () => import('../studio')),
  page('/console/studio/$arn', () => import('../studio')),
  page('/console/activities', () => import('../pages/activities')),
  page('/console/tasks', () => import('../pages/tasks')),
  page('/console/schedules', () => import('../pages/schedules')),
  page('/console/schedules/$group/$name', () => import('../pages/schedule')),
  page('/console/rules', () => import('../pages/rules')),
  page('/console/rules/$bus/$name', () => import('../pages/rule')),
  page('/console/pattern-tester', () => import('../pages/pattern-tester')),
  page('/console/functions', () => import('../pages/functions')),
  page('/console/functions/$name', () => import('../pages/function')),
  page('/console/audit', () => import('../pages/audit')),
  page('/console/health', () => import('../pages/health')),
  page('/console/login', () => import('../pages/login')),
];

export const router = createRouter({
  routeTree: root.addChildren([home, consoleHome, ...routes]),
  defaultPreload: 'intent',
  defaultErrorComponent: PageError,
  defaultNotFoundComponent: NotFound,
  // Filters stand in the URL as people would write them, not as JSON.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return text ? `?${text}` : '';
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
