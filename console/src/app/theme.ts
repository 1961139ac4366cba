import { applyDensity, applyMode, Density, Mode } from '@cloudscape-design/global-styles';
import { type Preferences, preferences } from '../shared/preferences';
import { setTokens } from '../shared/tokens';

const prefersDark = matchMedia('(prefers-color-scheme: dark)');

function apply({ theme, density }: Preferences) {
  const isDark = theme === 'dark' || (theme === 'system' && prefersDark.matches);
  applyMode(isDark ? Mode.Dark : Mode.Light);
  applyDensity(density === 'compact' ? Density.Compact : Density.Comfortable);
}

export function followPreferences() {
  setTokens();
  apply(preferences.getState());
  preferences.subscribe(apply);
  prefersDark.addEventListener('change', () => apply(preferences.getState()));
}
