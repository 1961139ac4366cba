import { useRef } from 'react';
import { useStored } from '../shared/useStored';

interface PaneProps {
  /** Its width is remembered under this name. */
  name: string;
  label: string;
  side: 'left' | 'right';
  /** In pixels; initially never more than this share of the window. */
  width: { initial: number; min: number; max: number; share: number };
  isOpen: boolean;
  onToggle(): void;
  children: React.ReactNode;
}

/** A pane at a side of the Studio, with an edge that mouse and arrow keys move, and a handle that closes and opens it. */
export function Pane({
  name,
  label,
  side,
  width: { initial, min, max, share },
  isOpen,
  onToggle,
  children,
}: PaneProps) {
  const usual = Math.max(min, Math.min(initial, Math.round(innerWidth * share)));
  const [width, setWidth] = useStored(`stepwright.studio.${name}`, usual);
  const drag = useRef<{ x: number; width: number } | null>(null);
  const resize = (wanted: number) => setWidth(Math.round(Math.min(max, Math.max(min, wanted))));
  const direction = side === 'left' ? 1 : -1;
  const handle = (
    <button
      type="button"
      className={`studio-handle studio-handle-${side}`}
      aria-label={`${isOpen ? 'Close' : 'Open'} ${label.toLowerCase()}`}
      aria-expanded={isOpen}
      title={`${isOpen ? 'Close' : 'Open'} ${label.toLowerCase()}`}
      onClick={onToggle}
    >
      <svg viewBox="0 0 8 14" width="6" height="11" aria-hidden="true">
        <path d={(side === 'left') === isOpen ? 'M7 1 2 7l5 6' : 'M1 1l5 6-5 6'} />
      </svg>
    </button>
  );
  if (!isOpen) return handle;
  return (
    <section className={`studio-pane studio-pane-${side}`} style={{ width }} aria-label={label}>
      <div className="studio-pane-content">{children}</div>
      {/* biome-ignore lint/a11y/useSemanticElements: a separator that moves has no element of its own */}
      <div
        className="studio-pane-edge"
        role="separator"
        tabIndex={0}
        aria-orientation="vertical"
        aria-label={`Width of ${label.toLowerCase()}`}
        aria-valuenow={width}
        aria-valuemin={min}
        aria-valuemax={max}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, width };
        }}
        onPointerMove={(event) =>
          drag.current && resize(drag.current.width + direction * (event.clientX - drag.current.x))
        }
        onLostPointerCapture={() => {
          drag.current = null;
        }}
        onDoubleClick={() => resize(usual)}
        onKeyDown={(event) => {
          const step = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
          if (step) resize(width + direction * step);
        }}
      />
      {handle}
    </section>
  );
}

const panes = '.studio-header, .studio-pane, .studio-code, .studio-main, .studio-config, .studio-problems';
const focusable =
  '.cm-content, input:not([type=hidden]), textarea, button:not(:disabled), [role=treeitem], [tabindex="0"]';

/** Puts the keyboard into the next pane, or with -1 into the one before. */
export function focusPane(by: 1 | -1) {
  const all = [...document.querySelectorAll<HTMLElement>(panes)];
  const current = all.findIndex((pane) => pane.contains(document.activeElement));
  for (let step = 1; step <= all.length; step += 1) {
    const pane = all[(current + by * step + all.length * 2) % all.length];
    const stops = [...(pane?.querySelectorAll<HTMLElement>(focusable) ?? [])];
    // In the graph the state that Tab leads to, in the other panes the first field or button.
    const first =
      stops.find((stop) => stop.matches('[data-state] [tabindex="0"]')) ?? stops.find((stop) => stop.tabIndex >= 0);
    if (!first) continue;
    first.focus();
    return;
  }
}
