import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import Textarea from '@cloudscape-design/components/textarea';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, millisOf } from '../../api/aws';
import { aws, awsAll, refresh } from '../../api/queries';
import { flash } from '../../app/flashes';
import { Link } from '../../app/Link';
import { links, nameOf } from '../../app/links';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { CopyableArn } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { EmptyState, ErrorBox, Loading } from '../../shared/Feedback';
import { JsonDiff } from '../../shared/JsonDiff';
import Modal from '../../shared/Modal';
import { StartExecution } from '../../shared/start/StartExecution';
import { Time } from '../../shared/Time';
import { describeQuery } from './describe';

export interface Version {
  stateMachineVersionArn: string;
  creationDate: number;
}

export const versionsQuery = (stateMachineArn: string) =>
  awsAll<Version>('stepfunctions', 'ListStateMachineVersions', 'stateMachineVersions', { stateMachineArn });

type Dialog = { kind: 'publish' | 'delete' | 'start' | 'compare'; version: string };

export function VersionsTab({ arn }: { arn: string }) {
  const { data, error, refetch } = useQuery(versionsQuery(arn));
  const [selected, setSelected] = useState<string | null>(null);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  const version = data?.find((one) => one.stateMachineVersionArn === selected);
  const open = (kind: Dialog['kind']) => setDialog({ kind, version: version?.stateMachineVersionArn ?? '' });
  const publish = <Button onClick={() => open('publish')}>Publish version</Button>;
  return (
    <>
      <Table
        variant="container"
        trackBy="stateMachineVersionArn"
        items={data ?? []}
        loading={!data && !error}
        loadingText="Loading versions"
        selectionType="single"
        selectedItems={version ? [version] : []}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems[0]?.stateMachineVersionArn ?? null)}
        ariaLabels={{
          tableLabel: 'Versions',
          selectionGroupLabel: 'Selected version',
          itemSelectionLabel: (_, one) => `Select version ${nameOf(one.stateMachineVersionArn)}`,
        }}
        header={
          <Header
            counter={data && `(${data.length})`}
            description="A version is the definition as it was when it was published; it never changes."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={!version} onClick={() => open('delete')}>
                  Delete
                </Button>
                <Button disabled={!version} onClick={() => open('compare')}>
                  Compare with latest
                </Button>
                <Button disabled={!version} onClick={() => open('start')}>
                  Start execution
                </Button>
                {publish}
              </SpaceBetween>
            }
          >
            Versions
          </Header>
        }
        columnDefinitions={[
          {
            id: 'version',
            header: 'Version',
            isRowHeader: true,
            cell: ({ stateMachineVersionArn }) => (
              <Link href={links.stateMachine(stateMachineVersionArn)}>{nameOf(stateMachineVersionArn)}</Link>
            ),
          },
          {
            id: 'description',
            header: 'Description',
            cell: ({ stateMachineVersionArn }) => <Description arn={stateMachineVersionArn} />,
          },
          {
            id: 'created',
            header: 'Published',
            cell: ({ creationDate }) => <Time millis={millisOf(creationDate)} />,
          },
          {
            id: 'arn',
            header: 'ARN',
            cell: ({ stateMachineVersionArn }) => <CopyableArn arn={stateMachineVersionArn} />,
          },
        ]}
        empty={
          error ? (
            <ErrorBox error={error} onRetry={() => refetch()} />
          ) : (
            <EmptyState title="No versions" action={publish}>
              Publish one, and aliases can point to it.
            </EmptyState>
          )
        }
      />
      {dialog?.kind === 'publish' && <Publish arn={arn} onClose={close} />}
      {dialog?.kind === 'delete' && <DeleteVersion arn={dialog.version} onClose={close} />}
      {dialog?.kind === 'start' && <StartExecution stateMachineArn={dialog.version} onClose={close} />}
      {dialog?.kind === 'compare' && <Compare arn={arn} version={dialog.version} onClose={close} />}
    </>
  );
}

function Description({ arn }: { arn: string }) {
  const { data } = useQuery(
    aws<{ description?: string }>('stepfunctions', 'DescribeStateMachine', { stateMachineArn: arn }),
  );
  return <>{data?.description || '–'}</>;
}

function Publish({ arn, onClose }: { arn: string; onClose(): void }) {
  const [description, setDescription] = useState('');
  const input = { stateMachineArn: arn, description: description || undefined };
  return (
    <ConfirmDialog
      title="Publish version"
      confirm="Publish"
      command={cli('stepfunctions', 'PublishStateMachineVersion', input)}
      onClose={onClose}
      onConfirm={async () => {
        const made = await call<{ stateMachineVersionArn: string }>(
          'stepfunctions',
          'PublishStateMachineVersion',
          input,
        );
        flash({ type: 'success', content: `Published version ${nameOf(made.stateMachineVersionArn)}` });
        await refresh('stepfunctions');
      }}
    >
      <FormField label="Description – optional" constraintText={`${description.length} of 256 characters`}>
        <Textarea value={description} onChange={({ detail }) => setDescription(detail.value)} rows={3} />
      </FormField>
    </ConfirmDialog>
  );
}

function DeleteVersion({ arn, onClose }: { arn: string; onClose(): void }) {
  const input = { stateMachineVersionArn: arn };
  return (
    <ConfirmDialog
      title={`Delete version ${nameOf(arn)}?`}
      confirm="Delete"
      command={cli('stepfunctions', 'DeleteStateMachineVersion', input)}
      onClose={onClose}
      onConfirm={async () => {
        await call('stepfunctions', 'DeleteStateMachineVersion', input);
        await refresh('stepfunctions');
      }}
    >
      Executions of it run on. An alias that points to it has to be changed first.
    </ConfirmDialog>
  );
}

function Compare({ arn, version, onClose }: { arn: string; version: string; onClose(): void }) {
  const then = useQuery(describeQuery(version));
  const now = useQuery(describeQuery(arn));
  const error = then.error ?? now.error;
  return (
    <Modal visible size="large" header={`Version ${nameOf(version)} and the latest revision`} onDismiss={onClose}>
      {error ? (
        <ErrorBox error={error} />
      ) : then.data && now.data ? (
        <JsonDiff before={then.data.definition} after={now.data.definition} label="Difference" maxHeight={520} />
      ) : (
        <Loading />
      )}
    </Modal>
  );
}
