import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { EmptyState, ErrorBox } from '../../shared/Feedback';
import styles from '../../shared/shared.module.css';
import type { Target } from '../rules/api';
import { TargetLink, targetOf } from '../rules/target';

export interface TargetsProps {
  targets: Target[] | undefined;
  error: unknown;
  onRetry(): void;
  onAdd(): void;
  onOpen(dialog: 'change' | 'remove', target: Target): void;
}

export function Targets({ targets, error, onRetry, onAdd, onOpen }: TargetsProps) {
  return (
    <Table
      header={
        <Header
          variant="h2"
          counter={targets && `(${targets.length})`}
          actions={<Button onClick={onAdd}>Add target</Button>}
        >
          Targets
        </Header>
      }
      items={targets ?? []}
      loading={!targets && !error}
      loadingText="Loading targets"
      trackBy="Id"
      wrapLines
      ariaLabels={{ tableLabel: 'Targets' }}
      empty={
        error ? (
          <ErrorBox error={error} onRetry={onRetry} />
        ) : (
          <EmptyState title="No targets" action={<Button onClick={onAdd}>Add target</Button>}>
            The rule matches, and nothing happens.
          </EmptyState>
        )
      }
      columnDefinitions={[
        { id: 'target', header: 'Target', cell: ({ Arn }) => <TargetLink arn={Arn} />, isRowHeader: true },
        { id: 'kind', header: 'Kind', cell: ({ Arn }) => targetOf(Arn).kind },
        { id: 'input', header: 'Input', cell: (target) => <InputOf target={target} />, minWidth: 260 },
        { id: 'id', header: 'ID', cell: ({ Id }) => Id },
        {
          id: 'actions',
          header: 'Actions',
          cell: (target) => (
            <div className={styles.rowActions}>
              <Button
                variant="inline-link"
                wrapText={false}
                ariaLabel={`Edit ${target.Id}`}
                onClick={() => onOpen('change', target)}
              >
                Edit
              </Button>
              <Button
                variant="inline-link"
                wrapText={false}
                ariaLabel={`Remove ${target.Id}`}
                onClick={() => onOpen('remove', target)}
              >
                Remove
              </Button>
            </div>
          ),
        },
      ]}
    />
  );
}

function InputOf({ target: { Input, InputPath, InputTransformer } }: { target: Target }) {
  if (InputTransformer) {
    return (
      <>
        <code>{InputTransformer.InputTemplate}</code>
        {Object.entries(InputTransformer.InputPathsMap ?? {}).map(([name, path]) => (
          <Box key={name} color="text-body-secondary" fontSize="body-s">
            <code>
              {name}: {path}
            </code>
          </Box>
        ))}
      </>
    );
  }
  if (InputPath) return <code>{InputPath}</code>;
  return Input === undefined ? 'The event as it is' : <code>{Input}</code>;
}
