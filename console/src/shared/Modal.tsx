import CloudscapeModal, { type ModalProps } from '@cloudscape-design/components/modal';
import { useEffect, useState } from 'react';

/**
 * Cloudscape's. It gives the focus back to what had it last: the item of a menu that is gone by then, or a field of its own that took
 * it at once. Where it is lost so, it goes to the menu's button, or to what was pressed.
 */
export default function Modal(props: ModalProps) {
  const [opener] = useState(
    () =>
      document.querySelector<HTMLElement>('button[aria-haspopup="true"][aria-expanded="true"]') ??
      (document.activeElement as HTMLElement | null),
  );
  useEffect(
    () => () => {
      setTimeout(() => {
        if (document.activeElement === document.body) opener?.focus();
      });
    },
    [opener],
  );
  return <CloudscapeModal {...props} />;
}
