import { useState } from 'react';
import { links } from '../../app/links';
import { StartExecution } from '../../shared/start/StartExecution';
import { useStudio } from '../context';
import type { DialogProps } from '../dialogs';
import { isDirty } from '../store';
import SaveDialog from './save-dialog';

/** What is on the canvas is what runs: it is saved first if it has to be. */
export default function ExecuteDialog({ onClose }: DialogProps) {
  const studio = useStudio();
  const [arn, setArn] = useState(() => {
    const state = studio.store.getState();
    return isDirty(state) ? null : (state.base?.stateMachineArn ?? null);
  });
  if (arn === null) return <SaveDialog onClose={onClose} then={setArn} />;
  return (
    <StartExecution
      stateMachineArn={arn}
      onClose={onClose}
      onStarted={(execution) => studio.go(links.execution(execution))}
    />
  );
}
