import Button from '@cloudscape-design/components/button';
import { usePage } from '../../app/frame';
import { follow } from '../../app/Link';
import { links } from '../../app/links';
import { ExecutionTable } from '../../shared/executions/ExecutionTable';
import { EmptyState } from '../../shared/Feedback';
import { SavedViews } from './SavedViews';

export function Page() {
  usePage('Executions');
  return (
    <ExecutionTable
      level="h1"
      withStatistics
      empty={
        <EmptyState
          title="No executions"
          action={
            <Button href={links.stateMachines} onFollow={follow}>
              State machines
            </Button>
          }
        >
          Start one from a state machine.
        </EmptyState>
      }
    >
      <SavedViews />
    </ExecutionTable>
  );
}
