import Box from '@cloudscape-design/components/box';
import { call } from '../../api/aws';
import { refresh } from '../../api/queries';
import { flash } from '../../app/flashes';
import { nameOf } from '../../app/links';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';

interface DeleteStateMachineProps {
  arn: string;
  running?: number;
  onClose(): void;
  onDeleted?(): void;
}

export function DeleteStateMachine({ arn, running = 0, onClose, onDeleted }: DeleteStateMachineProps) {
  const input = { stateMachineArn: arn };
  const name = nameOf(arn);
  return (
    <ConfirmDialog
      title="Delete state machine?"
      confirm="Delete"
      typed={name}
      command={cli('stepfunctions', 'DeleteStateMachine', input)}
      onClose={onClose}
      onConfirm={async () => {
        await call('stepfunctions', 'DeleteStateMachine', input);
        flash({ type: 'success', content: `Deleted ${name}` });
        onDeleted?.();
        // The lists; of itself there is nothing left to ask.
        await refresh();
      }}
    >
      <Box>
        <b>{name}</b> goes with its versions and aliases, and cannot be brought back.{' '}
        {running > 0
          ? `Its ${running} running executions run to their end; then it is gone.`
          : 'Executions that have ended stay until their retention is over.'}
      </Box>
    </ConfirmDialog>
  );
}
