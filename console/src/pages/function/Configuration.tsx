import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { CopyableArn } from '../../shared/Copy';
import { EmptyState } from '../../shared/Feedback';
import { bytesText } from '../../shared/time';
import type { FunctionConfiguration } from '../functions/api';

export function Configuration({ configuration }: { configuration: FunctionConfiguration }) {
  // Values may be secrets: they are shown one by one, to who asks.
  const [shown, show] = useState<ReadonlySet<string>>(new Set());
  const variables = Object.entries(configuration.Environment?.Variables ?? {});
  return (
    <SpaceBetween size="m">
      <Container header={<Header variant="h2">General</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Role', value: <CopyableArn arn={configuration.Role} label="role" /> },
            { label: 'Log group', value: configuration.LoggingConfig?.LogGroup ?? '–' },
            { label: 'Code SHA-256', value: <CopyableArn arn={configuration.CodeSha256} label="SHA-256" /> },
            {
              label: 'Package',
              value: `${bytesText(configuration.CodeSize)}, ${configuration.Architectures?.join(', ') ?? '–'}`,
            },
            {
              label: 'State',
              value: `${configuration.State ?? '–'}${configuration.StateReason ? `: ${configuration.StateReason}` : ''}`,
            },
            { label: 'Layers', value: configuration.Layers?.map(({ Arn }) => Arn).join(', ') || 'None' },
          ]}
        />
      </Container>
      <Table
        header={
          <Header
            variant="h2"
            counter={`(${variables.length})`}
            description="Values are hidden until you ask for them."
          >
            Environment variables
          </Header>
        }
        items={variables}
        wrapLines
        ariaLabels={{ tableLabel: 'Environment variables' }}
        empty={<EmptyState title="No environment variables" />}
        columnDefinitions={[
          { id: 'name', header: 'Name', cell: ([name]) => <code>{name}</code>, isRowHeader: true, width: 300 },
          {
            id: 'value',
            header: 'Value',
            cell: ([name, value]) =>
              shown.has(name) ? (
                <code>{value}</code>
              ) : (
                <>
                  <Box variant="span" color="text-body-secondary">
                    ••••••••
                  </Box>{' '}
                  <Button
                    variant="inline-link"
                    ariaLabel={`Show ${name}`}
                    onClick={() => show(new Set([...shown, name]))}
                  >
                    Show
                  </Button>
                </>
              ),
          },
        ]}
      />
    </SpaceBetween>
  );
}
