import type { ReactNode } from 'react';
import { useId } from 'react';
import styles from './tabs.module.css';

export interface Tab {
  id: string;
  label: string;
  content: ReactNode;
}

interface TabsProps {
  label: string;
  tabs: Tab[];
  active: string | undefined;
  onChange(id: string): void;
}

/** Cloudscape's tabs are made for pages; six of these fit into a panel. */
export function Tabs({ label, tabs, active, onChange }: TabsProps) {
  const id = useId();
  const index = Math.max(
    0,
    tabs.findIndex((tab) => tab.id === active),
  );
  const onKeyDown = (event: React.KeyboardEvent) => {
    const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const tab = tabs[(next + tabs.length) % tabs.length] as Tab;
    onChange(tab.id);
    document.getElementById(`${id}${tab.id}`)?.focus();
  };
  return (
    <>
      <div role="tablist" aria-label={label} className={styles.tabs} onKeyDown={onKeyDown}>
        {tabs.map((tab, at) => (
          <button
            key={tab.id}
            id={`${id}${tab.id}`}
            type="button"
            role="tab"
            aria-selected={at === index}
            aria-controls={`${id}panel`}
            tabIndex={at === index ? 0 : -1}
            onClick={() => onChange(tab.id)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div id={`${id}panel`} role="tabpanel" aria-labelledby={`${id}${tabs[index]?.id}`} className={styles.content}>
        {tabs[index]?.content}
      </div>
    </>
  );
}
