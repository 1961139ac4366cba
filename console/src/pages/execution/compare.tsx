import Modal from '@cloudscape-design/components/modal';

export function Compare({ onClose }: { onClose: () => void }) {
  return <Modal visible header="Compare" onDismiss={onClose} />;
}
