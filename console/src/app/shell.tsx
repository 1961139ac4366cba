import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { lazily } from '../shared/lazily';
import { Banner } from './Banner';
import { palette } from './commands';
import { useFlashes } from './flashes';
import { useFrame } from './frame';
import { follow } from './Link';
import { links } from './links';
import { Navigation } from './Navigation';
import styles from './shell.module.css';
import { SignInDialog } from './sign-in/SignInDialog';
import { TopBar } from './TopBar';

// The first that comes, so that nothing is lost of what is typed at once.
const Palette = lazily(() => import('./palette/Palette'));
const Flashbar = lazily(() => import('@cloudscape-design/components/flashbar'));

const isWide = matchMedia('(min-width: 1000px)');

/** What is around every page. */
export function Shell() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const [isNavigationOpen, setNavigationOpen] = useState(isWide.matches);
  usePaletteKeys();
  // Over a narrow page the navigation lies on top, so it goes when it has been used.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what tells that it has been
  useEffect(() => {
    if (!isWide.matches) setNavigationOpen(false);
  }, [path]);
  useEffect(() => {
    const onWidth = () => setNavigationOpen(isWide.matches);
    isWide.addEventListener('change', onWidth);
    return () => isWide.removeEventListener('change', onWidth);
  }, []);
  const isPaletteOpen = useStore(palette).isOpen;
  const isLogin = path === links.login;
  // The Studio has the window to itself.
  const isStudio = path === links.studio() || path.startsWith(`${links.studio()}/`);
  const hasNavigation = !isLogin && !isStudio;
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      {!isLogin && (
        <header className={styles.top}>
          <TopBar
            navigation={
              hasNavigation
                ? { isOpen: isNavigationOpen, onToggle: () => setNavigationOpen(!isNavigationOpen) }
                : undefined
            }
          />
        </header>
      )}
      {hasNavigation ? (
        <div className={styles.body}>
          {isNavigationOpen && <Navigation />}
          <Framed />
        </div>
      ) : (
        <div className={styles.bare}>
          <Notifications />
          <main id="content" tabIndex={-1} className={styles.bareContent}>
            <Outlet />
          </main>
        </div>
      )}
      <SignInDialog />
      {isPaletteOpen && (
        <Suspense>
          <Palette />
        </Suspense>
      )}
    </I18nProvider>
  );
}

function Framed() {
  const { title, breadcrumbs } = useFrame();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const main = useRef<HTMLElement>(null);
  // A view that was gone to is read and scrolled from its beginning.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what tells that it is another
  useEffect(() => {
    main.current?.scrollTo(0, 0);
    if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <main id="content" ref={main} tabIndex={-1} className={styles.content}>
      <Notifications />
      <div className={styles.crumbs}>
        <BreadcrumbGroup
          items={[
            { text: 'Stepwright', href: links.stateMachines },
            ...breadcrumbs,
            ...(title ? [{ text: title, href: '' }] : []),
          ]}
          onFollow={follow}
        />
      </div>
      <Outlet />
    </main>
  );
}

function Notifications() {
  const flashes = useFlashes();
  return (
    <div className={styles.notifications}>
      <Banner />
      {flashes.length > 0 && (
        <Suspense>
          <Flashbar items={flashes} />
        </Suspense>
      )}
    </div>
  );
}

/** Ctrl-K or ⌘K anywhere; `/` where nobody types. */
function usePaletteKeys() {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const isTyping = target?.closest('input, textarea, select, [contenteditable=true]') !== null;
      const isPaletteKey = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'k';
      const isSlash = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping;
      if (!isPaletteKey && !isSlash) return;
      event.preventDefault();
      palette.setState(({ isOpen }) => ({ isOpen: isSlash || !isOpen }));
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
