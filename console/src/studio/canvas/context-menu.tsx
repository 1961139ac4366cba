import { useEffect, useRef } from 'react';
import { type CommandId, contextMenu, keysText, runCommand } from '../commands';
import { useStudio, useUi } from '../context';

/** What can be done with what is selected, at the pointer. */
export function ContextMenu() {
  const studio = useStudio();
  const at = useUi((state) => state.menu);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (at) box.current?.querySelector<HTMLElement>('button:not(:disabled)')?.focus();
  }, [at]);
  if (!at) return null;
  const close = () => {
    studio.ui.getState().show({ menu: null });
    studio.canvas.current?.focus();
  };
  const walk = (by: number) => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>('button:not(:disabled)') ?? [])];
    items[(items.indexOf(document.activeElement as HTMLElement) + by + items.length) % items.length]?.focus();
  };
  return (
    <div
      ref={box}
      className="studio-menu"
      role="menu"
      aria-label="State"
      tabIndex={-1}
      style={{ left: Math.min(at.x, innerWidth - 260), top: Math.min(at.y, innerHeight - 380) }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) studio.ui.getState().show({ menu: null });
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close();
        else if (event.key === 'ArrowDown') walk(1);
        else if (event.key === 'ArrowUp') walk(-1);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {contextMenu(studio).map(({ id, text, isEnabled }) => (
        <button
          key={id}
          type="button"
          role="menuitem"
          disabled={!isEnabled}
          onClick={() => {
            close();
            runCommand(studio, id as CommandId);
          }}
        >
          <span className="studio-grow">{text}</span>
          <kbd>{keysText(id)}</kbd>
        </button>
      ))}
    </div>
  );
}
