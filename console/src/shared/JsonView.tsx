import ButtonGroup from '@cloudscape-design/components/button-group';
import { useMemo } from 'react';
import { download } from './browser';
import { JsonTree } from './json/JsonTree';
import styles from './json/json.module.css';
import { indented, rowsOf } from './json/rows';
import { bytesText } from './time';

export interface JsonViewProps {
  /** A payload as it is on the wire; numbers stay as they were written. What is no JSON is shown as text. */
  text?: string;
  /** Or a value. */
  value?: unknown;
  /** What it is: the tree's label and the name of the downloaded file. */
  label: string;
  /** Pixels; a larger payload is scrolled. */
  maxHeight?: number;
}

/** A payload as a tree that is searched, copied and downloaded. */
export function JsonView({ text: given, value, label, maxHeight = 420 }: JsonViewProps) {
  const text = useMemo(() => given ?? JSON.stringify(value) ?? 'null', [given, value]);
  const rows = useMemo(() => rowsOf(text), [text]);
  const actions = (
    <div className={styles.actions}>
      <ButtonGroup
        variant="icon"
        ariaLabel={`Actions for ${label}`}
        items={[
          { type: 'icon-button', id: 'copy', iconName: 'copy', text: 'Copy', popoverFeedback: 'Copied' },
          { type: 'icon-button', id: 'download', iconName: 'download', text: 'Download' },
        ]}
        onItemClick={({ detail }) => {
          const whole = rows ? indented(rows) : text;
          if (detail.id === 'copy') navigator.clipboard.writeText(whole);
          else download(`${label.replace(/[^\w.-]+/g, '-')}.${rows ? 'json' : 'txt'}`, whole);
        }}
      />
    </div>
  );
  const size = <span className={styles.size}>{bytesText(new Blob([text]).size)}</span>;
  if (rows)
    return <JsonTree key={text.length} rows={rows} label={label} maxHeight={maxHeight} actions={actions} size={size} />;
  return (
    <div className={styles.view}>
      <div className={styles.toolbar}>
        <span className={styles.fill} />
        {size}
        {actions}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <section className={styles.plain} style={{ maxHeight }} aria-label={label} tabIndex={0}>
        {text}
      </section>
    </div>
  );
}
