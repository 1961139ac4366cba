/** Follows a pressed pointer until it is released (`done` with the place) or Escape is pressed or it is lost (`done` with null). */
export interface At {
  x: number;
  y: number;
}

export function followPointer(move: (at: At) => void, done: (at: At | null) => void) {
  const onMove = (event: PointerEvent) => {
    event.preventDefault();
    move({ x: event.clientX, y: event.clientY });
  };
  const end = (at: At | null) => {
    removeEventListener('pointermove', onMove);
    removeEventListener('pointerup', onUp);
    removeEventListener('pointercancel', cancel);
    removeEventListener('keydown', onKey, true);
    done(at);
  };
  const onUp = (event: PointerEvent) => end({ x: event.clientX, y: event.clientY });
  const cancel = () => end(null);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    addEventListener('pointerup', swallowClick, { once: true });
    cancel();
  };
  addEventListener('pointermove', onMove);
  addEventListener('pointerup', onUp);
  addEventListener('pointercancel', cancel);
  addEventListener('keydown', onKey, true);
}

/** The release of a drag is no click on what is below. */
export function swallowClick() {
  const onClick = (event: MouseEvent) => event.stopPropagation();
  addEventListener('click', onClick, { capture: true, once: true });
  setTimeout(() => removeEventListener('click', onClick, true));
}
