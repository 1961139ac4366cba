import SideNavigation, { type SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import { useRouterState } from '@tanstack/react-router';
import { follow } from './Link';
import { links } from './links';

export const views: { section: string; items: { text: string; href: string; keywords?: string }[] }[] = [
  {
    section: 'Workflows',
    items: [
      { text: 'State machines', href: links.stateMachines, keywords: 'workflows' },
      { text: 'Executions', href: links.executions(), keywords: 'runs' },
      { text: 'Studio', href: links.studio(), keywords: 'new workflow editor create design' },
    ],
  },
  {
    section: 'People and workers',
    items: [
      { text: 'Open tasks', href: links.tasks, keywords: 'tokens approval callback' },
      { text: 'Activities', href: links.activities },
    ],
  },
  {
    section: 'Triggers',
    items: [
      { text: 'Schedules', href: links.schedules, keywords: 'cron rate scheduler' },
      { text: 'Rules', href: links.rules, keywords: 'eventbridge events' },
      { text: 'Pattern tester', href: links.patternTester, keywords: 'event pattern' },
    ],
  },
  { section: 'Compute', items: [{ text: 'Functions', href: links.functions, keywords: 'lambda' }] },
  {
    section: 'Server',
    items: [
      { text: 'Audit log', href: links.audit },
      { text: 'Server health', href: links.health, keywords: 'metrics' },
    ],
  },
];

const items: SideNavigationProps.Item[] = views.flatMap(({ items }, index) => [
  ...(index > 0 ? [{ type: 'divider' as const }] : []),
  ...items.map(({ text, href }) => ({ type: 'link' as const, text, href })),
]);

export function Navigation() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const active = views
    .flatMap(({ items }) => items)
    .find(({ href }) => path === href || path.startsWith(`${href}/`))?.href;
  return <SideNavigation items={items} activeHref={active} onFollow={follow} />;
}
