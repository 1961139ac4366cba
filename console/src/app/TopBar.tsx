import TopNavigation, { type TopNavigationProps } from '@cloudscape-design/components/top-navigation';
import { useQuery } from '@tanstack/react-query';
import { infoQuery } from '../api/queries';
import { sendUi } from '../api/ui';
import { type Preferences, preferences, usePreferences } from '../shared/preferences';
import { palette } from './commands';
import { flashError } from './flashes';
import { follow, go } from './Link';
import { links } from './links';
import styles from './shell.module.css';

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
export const paletteKey = isMac ? '⌘K' : 'Ctrl+K';

export function TopBar() {
  const info = useQuery(infoQuery).data;
  const chosen = usePreferences();
  const checked = (id: string, text: string, isChecked: boolean) => ({
    id,
    text,
    itemType: 'checkbox' as const,
    checked: isChecked,
  });
  const choices = [
    {
      text: 'Theme',
      items: [
        checked('theme:light', 'Light', chosen.theme === 'light'),
        checked('theme:dark', 'Dark', chosen.theme === 'dark'),
        checked('theme:system', 'As the system', chosen.theme === 'system'),
      ],
    },
    {
      text: 'Times',
      items: [
        checked('times:local', 'Local', chosen.times === 'local'),
        checked('times:utc', 'UTC', chosen.times === 'utc'),
      ],
    },
    {
      text: 'Density',
      items: [
        checked('density:comfortable', 'Comfortable', chosen.density === 'comfortable'),
        checked('density:compact', 'Compact', chosen.density === 'compact'),
      ],
    },
  ];
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: 'menu-dropdown',
      iconName: 'settings',
      ariaLabel: 'Settings',
      title: 'Settings',
      items: choices,
      onItemClick: ({ detail }) => choose(detail.id),
    },
  ];
  if (info?.login?.user) {
    utilities.push({
      type: 'menu-dropdown',
      text: info.login.user,
      iconName: 'user-profile',
      items: [{ id: 'sign-out', text: 'Sign out' }],
      onItemClick: signOut,
    });
  }
  if (info) {
    utilities.push({
      type: 'button',
      text: `${info.account} · ${info.region}`,
      ariaLabel: `Account ${info.account}, region ${info.region}: server health`,
      href: links.health,
      onFollow: follow,
    });
  }
  return (
    <TopNavigation
      identity={{
        href: links.stateMachines,
        title: 'Stepwright',
        logo: { src: '/console/icon.svg', alt: '' },
        onFollow: (event) => {
          event.preventDefault();
          go(links.stateMachines);
        },
      }}
      search={
        <button type="button" className={styles.search} onClick={() => palette.setState({ isOpen: true })}>
          <span>Search</span>
          <kbd>{paletteKey}</kbd>
        </button>
      }
      utilities={utilities}
      i18nStrings={{ overflowMenuTriggerText: 'More', overflowMenuTitleText: 'All' }}
    />
  );
}

export function choose(id: string) {
  const [name, value] = id.split(':');
  preferences.setState({ [name as keyof Preferences]: value } as Partial<Preferences>);
}

async function signOut() {
  try {
    await sendUi('POST', 'logout');
    // Nothing that was seen stays in memory.
    location.assign(links.login);
  } catch (error) {
    flashError(error, 'Not signed out');
  }
}
