import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, millisOf } from '../../api/aws';
import { aws, awsAll, refresh } from '../../api/queries';
import { nameOf } from '../../app/links';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { CopyableArn } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { EmptyState, ErrorBox } from '../../shared/Feedback';
import { StartExecution } from '../../shared/start/StartExecution';
import { Time } from '../../shared/Time';
import { type Alias, AliasForm } from './AliasForm';

interface ListedAlias {
  stateMachineAliasArn: string;
  creationDate: number;
}

const aliasQuery = (stateMachineAliasArn: string) =>
  aws<Alias>('stepfunctions', 'DescribeStateMachineAlias', { stateMachineAliasArn });

type Dialog = 'create' | 'edit' | 'delete' | 'start';

export function AliasesTab({ arn }: { arn: string }) {
  const { data, error, refetch } = useQuery(
    awsAll<ListedAlias>('stepfunctions', 'ListStateMachineAliases', 'stateMachineAliases', { stateMachineArn: arn }),
  );
  const [selectedArn, setSelectedArn] = useState<string | null>(null);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  const selected = data?.find((one) => one.stateMachineAliasArn === selectedArn);
  const alias = useQuery({ ...aliasQuery(selectedArn ?? ''), enabled: selected !== undefined }).data;
  const create = <Button onClick={() => setDialog('create')}>Create alias</Button>;
  return (
    <>
      <Table
        variant="container"
        trackBy="stateMachineAliasArn"
        items={data ?? []}
        loading={!data && !error}
        loadingText="Loading aliases"
        selectionType="single"
        selectedItems={selected ? [selected] : []}
        onSelectionChange={({ detail }) => setSelectedArn(detail.selectedItems[0]?.stateMachineAliasArn ?? null)}
        ariaLabels={{
          tableLabel: 'Aliases',
          selectionGroupLabel: 'Selected alias',
          itemSelectionLabel: (_, one) => `Select alias ${nameOf(one.stateMachineAliasArn)}`,
        }}
        header={
          <Header
            counter={data && `(${data.length})`}
            description="A name for one version, or for two that share the executions by weight."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={!alias} onClick={() => setDialog('delete')}>
                  Delete
                </Button>
                <Button disabled={!alias} onClick={() => setDialog('edit')}>
                  Edit
                </Button>
                <Button disabled={!alias} onClick={() => setDialog('start')}>
                  Start execution
                </Button>
                {create}
              </SpaceBetween>
            }
          >
            Aliases
          </Header>
        }
        columnDefinitions={[
          {
            id: 'name',
            header: 'Alias',
            isRowHeader: true,
            cell: ({ stateMachineAliasArn }) => nameOf(stateMachineAliasArn),
          },
          {
            id: 'routing',
            header: 'Routing',
            cell: ({ stateMachineAliasArn }) => <Routing arn={stateMachineAliasArn} />,
          },
          { id: 'created', header: 'Created', cell: ({ creationDate }) => <Time millis={millisOf(creationDate)} /> },
          { id: 'arn', header: 'ARN', cell: ({ stateMachineAliasArn }) => <CopyableArn arn={stateMachineAliasArn} /> },
        ]}
        empty={
          error ? (
            <ErrorBox error={error} onRetry={() => refetch()} />
          ) : (
            <EmptyState title="No aliases" action={create}>
              Whoever starts executions by an alias need not know the version.
            </EmptyState>
          )
        }
      />
      {dialog === 'create' && <AliasForm stateMachineArn={arn} onClose={close} />}
      {dialog === 'edit' && alias && <AliasForm stateMachineArn={arn} alias={alias} onClose={close} />}
      {dialog === 'start' && alias && <StartExecution stateMachineArn={alias.stateMachineAliasArn} onClose={close} />}
      {dialog === 'delete' && alias && <DeleteAlias alias={alias} onClose={close} />}
    </>
  );
}

function Routing({ arn }: { arn: string }) {
  const { data } = useQuery(aliasQuery(arn));
  const routes = data?.routingConfiguration ?? [];
  return <>{routes.map((route) => `Version ${nameOf(route.stateMachineVersionArn)} (${route.weight}%)`).join(', ')}</>;
}

function DeleteAlias({ alias, onClose }: { alias: Alias; onClose(): void }) {
  const input = { stateMachineAliasArn: alias.stateMachineAliasArn };
  return (
    <ConfirmDialog
      title={`Delete alias ${alias.name}?`}
      confirm="Delete"
      command={cli('stepfunctions', 'DeleteStateMachineAlias', input)}
      onClose={onClose}
      onConfirm={async () => {
        await call('stepfunctions', 'DeleteStateMachineAlias', input);
        await refresh('stepfunctions');
      }}
    >
      Whoever starts executions by this alias is refused from then on.
    </ConfirmDialog>
  );
}
