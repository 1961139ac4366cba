import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Time } from '../../shared/Time';
import { type Alias, aliasesQuery, type FunctionConfiguration, versionsQuery } from '../functions/api';

export function Configuration({ configuration }: { configuration: FunctionConfiguration }) {
  const versions = useQuery(versionsQuery(configuration.FunctionName)).data ?? [];
  const aliases = useQuery(aliasesQuery(configuration.FunctionName)).data ?? [];
  // Values may be secrets: they are shown one by one, to who asks.
  const [shown, show] = useState<ReadonlySet<string>>(new Set());
  const variables = Object.entries(configuration.Environment?.Variables ?? {});
  return (
    <SpaceBetween size="l">
      <Table
        header={
          <Header variant="h2" counter={`(${variables.length})`}>
            Environment variables
          </Header>
        }
        items={variables}
        ariaLabels={{ tableLabel: 'Environment variables' }}
        empty={<Box textAlign="center">None</Box>}
        columnDefinitions={[
          { id: 'name', header: 'Name', cell: ([name]) => name, isRowHeader: true },
          {
            id: 'value',
            header: 'Value',
            cell: ([name, value]) =>
              shown.has(name) ? (
                <Box variant="code">{value}</Box>
              ) : (
                <Button
                  variant="inline-link"
                  ariaLabel={`Show ${name}`}
                  onClick={() => show(new Set([...shown, name]))}
                >
                  Show
                </Button>
              ),
          },
        ]}
      />
      <Table
        header={
          <Header variant="h2" counter={`(${aliases.length})`}>
            Aliases
          </Header>
        }
        items={aliases}
        ariaLabels={{ tableLabel: 'Aliases' }}
        empty={<Box textAlign="center">None</Box>}
        columnDefinitions={[
          { id: 'name', header: 'Name', cell: ({ Name }) => Name, isRowHeader: true },
          { id: 'versions', header: 'Versions', cell: weights },
          { id: 'description', header: 'Description', cell: ({ Description }) => Description || '–' },
        ]}
      />
      <Table
        header={
          <Header variant="h2" counter={`(${versions.length})`}>
            Versions
          </Header>
        }
        items={versions}
        ariaLabels={{ tableLabel: 'Versions' }}
        columnDefinitions={[
          { id: 'version', header: 'Version', cell: ({ Version }) => Version, isRowHeader: true },
          {
            id: 'modified',
            header: 'Last modified',
            cell: ({ LastModified }) => <Time millis={Date.parse(LastModified)} />,
          },
          { id: 'sha', header: 'Code SHA-256', cell: ({ CodeSha256 }) => <Box variant="code">{CodeSha256}</Box> },
        ]}
      />
    </SpaceBetween>
  );
}

function weights({ FunctionVersion, RoutingConfig }: Alias): string {
  const others = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {});
  const rest = 1 - others.reduce((sum, [, weight]) => sum + weight, 0);
  const percent = (weight: number) => `${Math.round(weight * 100)} %`;
  return others.length === 0
    ? FunctionVersion
    : [
        `${FunctionVersion}: ${percent(rest)}`,
        ...others.map(([version, weight]) => `${version}: ${percent(weight)}`),
      ].join(', ');
}
