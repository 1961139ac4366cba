import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { EmptyState, ErrorBox } from '../../shared/Feedback';
import { Time } from '../../shared/Time';
import { type Alias, aliasesQuery, versionsQuery } from '../functions/api';

export function Versions({ name }: { name: string }) {
  const versions = useQuery(versionsQuery(name));
  const aliases = useQuery(aliasesQuery(name));
  return (
    <SpaceBetween size="m">
      <Table
        header={
          <Header variant="h2" counter={aliases.data && `(${aliases.data.length})`}>
            Aliases
          </Header>
        }
        items={aliases.data ?? []}
        loading={aliases.isPending}
        loadingText="Loading aliases"
        ariaLabels={{ tableLabel: 'Aliases' }}
        empty={
          aliases.error ? (
            <ErrorBox error={aliases.error} onRetry={() => aliases.refetch()} />
          ) : (
            <EmptyState title="No aliases">An alias names a version, or shares calls between two.</EmptyState>
          )
        }
        columnDefinitions={[
          { id: 'name', header: 'Name', cell: ({ Name }) => Name, isRowHeader: true },
          { id: 'versions', header: 'Versions', cell: weights },
          { id: 'description', header: 'Description', cell: ({ Description }) => Description || '–' },
        ]}
      />
      <Table
        header={
          <Header variant="h2" counter={versions.data && `(${versions.data.length})`}>
            Versions
          </Header>
        }
        items={[...(versions.data ?? [])].reverse()}
        loading={versions.isPending}
        loadingText="Loading versions"
        ariaLabels={{ tableLabel: 'Versions' }}
        empty={versions.error && <ErrorBox error={versions.error} onRetry={() => versions.refetch()} />}
        columnDefinitions={[
          { id: 'version', header: 'Version', cell: ({ Version }) => Version, isRowHeader: true },
          {
            id: 'modified',
            header: 'Last modified',
            cell: ({ LastModified }) => <Time millis={Date.parse(LastModified)} />,
          },
          { id: 'description', header: 'Description', cell: ({ Description }) => Description || '–' },
          { id: 'sha', header: 'Code SHA-256', cell: ({ CodeSha256 }) => <code>{CodeSha256}</code> },
        ]}
      />
    </SpaceBetween>
  );
}

function weights({ FunctionVersion, RoutingConfig }: Alias): string {
  const others = Object.entries(RoutingConfig?.AdditionalVersionWeights ?? {});
  if (others.length === 0) return FunctionVersion;
  const rest = 1 - others.reduce((sum, [, weight]) => sum + weight, 0);
  return [[FunctionVersion, rest] as const, ...others]
    .map(([version, weight]) => `${version} (${Math.round(weight * 100)}%)`)
    .join(', ');
}
