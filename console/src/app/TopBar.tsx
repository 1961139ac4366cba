import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Icon from '@cloudscape-design/components/icon';
import { useQuery } from '@tanstack/react-query';
import { infoQuery } from '../api/queries';
import { sendUi } from '../api/ui';
import { type Preferences, preferences, usePreferences } from '../shared/preferences';
import { palette } from './commands';
import { flashError } from './flashes';
import { Anchor } from './Link';
import { links } from './links';
import styles from './shell.module.css';

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
const paletteKey = isMac ? '⌘K' : 'Ctrl+K';

export function TopBar({ navigation }: { navigation?: { isOpen: boolean; onToggle(): void } }) {
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
  return (
    // Components inside are dark in both themes by this class, which Cloudscape's own bar has.
    <div className={`${styles.bar} awsui-context-top-navigation`}>
      {navigation && (
        <button
          type="button"
          className={styles.toggle}
          aria-label={navigation.isOpen ? 'Close navigation' : 'Open navigation'}
          aria-expanded={navigation.isOpen}
          onClick={navigation.onToggle}
        >
          <Icon name="menu" />
        </button>
      )}
      <Anchor className={styles.brand} href={links.stateMachines}>
        <img src="/console/icon.svg" alt="" width={22} height={22} />
        Stepwright
      </Anchor>
      <button type="button" className={styles.search} onClick={() => palette.setState({ isOpen: true })}>
        <Icon name="search" size="small" />
        <span className={styles.searchText}>Search</span>
        <kbd>{paletteKey}</kbd>
      </button>
      <div className={styles.utilities}>
        {info && (
          <Anchor className={styles.place} href={links.health} title="Server health">
            {info.account} · {info.region}
          </Anchor>
        )}
        <ButtonDropdown
          variant="icon"
          iconName="settings"
          ariaLabel="Settings"
          items={choices}
          onItemClick={({ detail }) => choose(detail.id)}
          data-testid="settings"
        />
        {info?.login?.user && (
          <ButtonDropdown items={[{ id: 'sign-out', text: 'Sign out' }]} onItemClick={signOut}>
            {info.login.user}
          </ButtonDropdown>
        )}
      </div>
    </div>
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
