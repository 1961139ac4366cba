import AppLayout from '@cloudscape-design/components/app-layout';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Flashbar from '@cloudscape-design/components/flashbar';
import HelpPanel from '@cloudscape-design/components/help-panel';
import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { Banner } from './Banner';
import { palette } from './commands';
import { useFlashes } from './flashes';
import { setHelpOpen, useFrame } from './frame';
import { follow } from './Link';
import { links } from './links';
import { Navigation } from './Navigation';
import styles from './shell.module.css';
import { TopBar } from './TopBar';

const Palette = lazy(() => import('./palette/Palette'));

/** What is around every page. */
export function Shell() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  usePaletteKeys();
  const isPaletteOpen = useStore(palette).isOpen;
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <a className={styles.skip} href="#content">
        Skip to the content
      </a>
      {path !== links.login && (
        <div id="top" className={styles.top}>
          <TopBar />
        </div>
      )}
      {path.startsWith(links.studio()) || path === links.login ? <Bare /> : <Framed />}
      {isPaletteOpen && (
        <Suspense>
          <Palette />
        </Suspense>
      )}
    </I18nProvider>
  );
}

/** The Studio and the sign-in page have the window to themselves. */
function Bare() {
  const flashes = useFlashes();
  return (
    <div className={styles.bare}>
      <Banner />
      {flashes.length > 0 && <Flashbar items={flashes} />}
      <main id="content" tabIndex={-1} className={styles.bareContent}>
        <Outlet />
      </main>
    </div>
  );
}

function Framed() {
  const { title, breadcrumbs, help, isHelpOpen } = useFrame();
  const flashes = useFlashes();
  const [isNavigationOpen, setNavigationOpen] = useState(() => matchMedia('(min-width: 1000px)').matches);
  return (
    <AppLayout
      headerSelector="#top"
      navigation={<Navigation />}
      navigationOpen={isNavigationOpen}
      navigationWidth={220}
      onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
      breadcrumbs={
        <BreadcrumbGroup
          items={[
            { text: 'Stepwright', href: links.stateMachines },
            ...breadcrumbs,
            ...(title ? [{ text: title, href: '' }] : []),
          ]}
          onFollow={follow}
        />
      }
      notifications={
        <SpaceBetween size="xs">
          <Banner />
          <Flashbar items={flashes} />
        </SpaceBetween>
      }
      toolsHide={help === null}
      tools={help && <HelpPanel header={<h2>{title}</h2>}>{help}</HelpPanel>}
      toolsOpen={isHelpOpen && help !== null}
      onToolsChange={({ detail }) => setHelpOpen(detail.open)}
      maxContentWidth={Number.MAX_VALUE}
      content={
        <div id="content" tabIndex={-1} className={styles.content}>
          <Outlet />
        </div>
      }
    />
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
