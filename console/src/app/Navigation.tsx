import { useRouterState } from '@tanstack/react-router';
import { Anchor } from './Link';
import { links } from './links';
import styles from './shell.module.css';

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

export function Navigation() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return (
    <nav className={styles.navigation} aria-label="Views">
      {views.map(({ section, items }) => (
        <div key={section}>
          <h2>{section}</h2>
          <ul>
            {items.map(({ text, href }) => (
              <li key={href}>
                <Anchor href={href} aria-current={path === href || path.startsWith(`${href}/`) ? 'page' : undefined}>
                  {text}
                </Anchor>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}
