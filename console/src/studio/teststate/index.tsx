import type { StatePath } from '../../asl/types';
import type { StudioStore } from '../store';

export interface TestStatePanelProps {
  store: StudioStore;
  state: StatePath;
  onClose(): void;
}

export function TestStatePanel(_props: TestStatePanelProps) {
  return null;
}
