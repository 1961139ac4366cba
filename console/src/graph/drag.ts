/**
 * Dragging with the pointer: entries of the states browser and states of the graph, onto a graph. A press becomes a drag once the
 * pointer has moved a little, so that it can still be a click.
 */
import { type At, followPointer, swallowClick } from './follow';
import type { DropPayload, StateTemplate } from './types';

export interface DropTarget {
  element: HTMLElement;
  over(at: At, what: DropPayload): void;
  leave(): void;
  drop(at: At, what: DropPayload): void;
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
  const move = (at: At) => {
    if (!ghost && Math.hypot(at.x - press.clientX, at.y - press.clientY) < LEAST_MOVE) return;
    ghost ??= makeGhost(text);
    ghost.style.transform = `translate(${at.x + 12}px, ${at.y + 8}px)`;
    const under = document.elementFromPoint(at.x, at.y);
    const next = [...targets].find(({ element }) => element.contains(under)) ?? null;
    if (next !== current) current?.leave();
    current = next;
    current?.over(at, what);
  };
  followPointer(move, (at) => {
    current?.leave();
    document.body.classList.remove('sw-dragging');
    ghost?.remove();
    if (!at || !ghost) return;
    swallowClick();
    current?.drop(at, what);
  });
}

function makeGhost(text: string): HTMLElement {
  const ghost = document.createElement('div');
  ghost.className = 'sw-drag-ghost';
  ghost.textContent = text;
  document.body.append(ghost);
  document.body.classList.add('sw-dragging');
  return ghost;
}
