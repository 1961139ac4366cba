/**
 * Dragging with the pointer: entries of the states browser and states of the graph, onto a graph. A press becomes a drag once the
 * pointer has moved a little, so that it can still be a click.
 */
import type { DropPayload, StateTemplate } from './types';

export interface DropTarget {
  element: HTMLElement;
  over(at: { x: number; y: number }, what: DropPayload): void;
  leave(): void;
  drop(at: { x: number; y: number }, what: DropPayload): void;
}

const targets = new Set<DropTarget>();
const LEAST_MOVE = 5;

export function acceptDrops(target: DropTarget): () => void {
  targets.add(target);
  return () => targets.delete(target);
}

type Press = Pick<PointerEvent, 'clientX' | 'clientY' | 'button'>;

/** To be called on `pointerdown` of an entry of the states browser. */
export function startTemplateDrag(template: StateTemplate, press: Press) {
  startDrag({ kind: 'template', template }, template.name, press);
}

export function startDrag(what: DropPayload, text: string, press: Press) {
  if (press.button !== 0) return;
  let ghost: HTMLElement | null = null;
  let current: DropTarget | null = null;
  const leave = () => {
    current?.leave();
    current = null;
  };
  const onMove = (event: PointerEvent) => {
    const at = { x: event.clientX, y: event.clientY };
    if (!ghost) {
      if (Math.hypot(at.x - press.clientX, at.y - press.clientY) < LEAST_MOVE) return;
      ghost = makeGhost(text);
    }
    event.preventDefault();
    ghost.style.transform = `translate(${at.x + 12}px, ${at.y + 8}px)`;
    const under = document.elementFromPoint(at.x, at.y);
    const next = [...targets].find(({ element }) => element.contains(under)) ?? null;
    if (next !== current) leave();
    current = next;
    current?.over(at, what);
  };
  const end = () => {
    removeEventListener('pointermove', onMove);
    removeEventListener('pointerup', onUp);
    removeEventListener('pointercancel', cancel);
    removeEventListener('keydown', onKey, true);
    document.body.classList.remove('sw-dragging');
    ghost?.remove();
  };
  const cancel = () => {
    leave();
    end();
  };
  const onUp = (event: PointerEvent) => {
    const target = current;
    leave();
    if (ghost) swallowClick();
    end();
    target?.drop({ x: event.clientX, y: event.clientY }, what);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    cancel();
  };
  addEventListener('pointermove', onMove);
  addEventListener('pointerup', onUp);
  addEventListener('pointercancel', cancel);
  addEventListener('keydown', onKey, true);
}

function makeGhost(text: string): HTMLElement {
  const ghost = document.createElement('div');
  ghost.className = 'sw-drag-ghost';
  ghost.textContent = text;
  document.body.append(ghost);
  document.body.classList.add('sw-dragging');
  return ghost;
}

/** The release of a drag is no click on what is below. */
export function swallowClick() {
  const onClick = (event: MouseEvent) => event.stopPropagation();
  addEventListener('click', onClick, { capture: true, once: true });
  setTimeout(() => removeEventListener('click', onClick, true));
}
