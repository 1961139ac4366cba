import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { explain } from '../../api/errors';

/** As `/_ui/rules/match` says it. */
export interface Answer {
  matches: boolean;
  mismatches: { path: string; expected: string; found?: unknown }[];
  warnings: string[];
}

/** Whether it matches, and every part that keeps it from it. */
export function Verdict({ answer, error }: { answer: Answer | undefined; error: unknown }) {
  const failed = answer?.mismatches.length ?? 0;
  return (
    <SpaceBetween size="s">
      <div aria-live="polite" data-testid="verdict">
        {error ? (
          <Alert type="warning">{explain(error).message}</Alert>
        ) : answer?.matches ? (
          <Alert type="success">The pattern matches the event.</Alert>
        ) : (
          answer && (
            <Alert type="error">
              The pattern does not match the event: {failed === 1 ? 'one field differs' : `${failed} fields differ`}.
            </Alert>
          )
        )}
      </div>
      {!error &&
        answer?.warnings.map((warning) => (
          <Alert key={warning} type="warning">
            {warning}
          </Alert>
        ))}
      {answer && failed > 0 && !error && (
        <Table
          variant="embedded"
          items={answer.mismatches}
          wrapLines
          ariaLabels={{ tableLabel: 'What keeps it from matching' }}
          columnDefinitions={[
            { id: 'path', header: 'Field', cell: ({ path }) => <code>{path}</code>, isRowHeader: true },
            { id: 'expected', header: 'The pattern wants', cell: ({ expected }) => <code>{expected}</code> },
            {
              id: 'found',
              header: 'The event has',
              cell: ({ found }) => (found === undefined ? 'no such field' : <code>{JSON.stringify(found)}</code>),
            },
          ]}
        />
      )}
    </SpaceBetween>
  );
}
