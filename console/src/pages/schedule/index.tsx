import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/aws';
import { aws, refresh } from '../../api/queries';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { CopyableArn } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { ErrorBox, Loading } from '../../shared/Feedback';
import { JsonView } from '../../shared/JsonView';
import { scheduledQuery } from '../schedules/api';
import { PolicyDialog, RunNowDialog, StateDialog } from '../schedules/dialogs';
import { Firings, NextFirings } from '../schedules/Firings';
import { type Schedule, ScheduleForm } from '../schedules/form';
import { Expression, StateOf } from '../schedules/parts';

type Dialog = 'run' | 'state' | 'policy' | 'edit' | 'delete' | null;

export function Page() {
  const { group = 'default', name = '' }: { group?: string; name?: string } = useParams({ strict: false });
  const input = { Name: name, GroupName: group };
  const own = useQuery(aws<Schedule & { Arn: string }>('scheduler', 'GetSchedule', input));
  const arn = own.data?.Arn;
  const timed = useQuery({ ...scheduledQuery(arn ?? ''), enabled: Boolean(arn) });
  const [dialog, setDialog] = useState<Dialog>(null);
  const navigate = useNavigate();
  const error = own.error ?? timed.error;
  if (error) {
    return (
      <SpaceBetween size="m">
        <Header variant="h1">{name}</Header>
        <ErrorBox error={error} onRetry={() => own.refetch()} />
      </SpaceBetween>
    );
  }
  if (!own.data || !timed.data) return <Loading what="Loading the schedule" />;
  const scheduled = timed.data;
  const close = () => setDialog(null);
  const target = own.data.Target;
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => setDialog('state')}>{scheduled.State === 'ENABLED' ? 'Pause' : 'Resume'}</Button>
            <Button onClick={() => setDialog('policy')}>Policies</Button>
            <Button onClick={() => setDialog('delete')}>Delete</Button>
            <Button onClick={() => setDialog('edit')}>Edit</Button>
            <Button variant="primary" onClick={() => setDialog('run')}>
              Run now
            </Button>
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <Container header={<Header variant="h2">Details</Header>}>
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'State', value: <StateOf state={scheduled.State} /> },
            { label: 'Schedule', value: <Expression scheduled={scheduled} /> },
            { label: 'Group', value: group },
            { label: 'ARN', value: <CopyableArn arn={scheduled.Arn} /> },
            { label: 'Target', value: <TargetLink arn={target.Arn} /> },
            {
              label: 'Flexible window',
              value: scheduled.MaximumWindowInMinutes ? `${scheduled.MaximumWindowInMinutes} minutes` : 'Off',
            },
            { label: 'Missed runs', value: scheduled.Missed.toLowerCase().replace('_', ' ') },
            {
              label: 'Overlapping runs',
              value: `${scheduled.Overlap.toLowerCase().replace('_', ' ')}${scheduled.Queued ? `, ${scheduled.Queued} waiting` : ''}`,
            },
          ]}
        />
      </Container>
      <ColumnLayout columns={2}>
        <NextFirings scheduled={scheduled} />
        <Firings scheduled={scheduled} />
      </ColumnLayout>
      <Container header={<Header variant="h2">Target</Header>}>
        <JsonView text={JSON.stringify(target)} label="Target" />
      </Container>
      {dialog === 'run' && <RunNowDialog scheduled={scheduled} onClose={close} />}
      {dialog === 'state' && <StateDialog scheduled={scheduled} onClose={close} />}
      {dialog === 'policy' && <PolicyDialog scheduled={scheduled} onClose={close} />}
      {dialog === 'edit' && <ScheduleForm schedule={own.data} onClose={close} />}
      {dialog === 'delete' && (
        <ConfirmDialog
          title={`Delete ${name}`}
          confirm="Delete"
          typed={name}
          command={cli('scheduler', 'DeleteSchedule', input)}
          onConfirm={async () => {
            await call('scheduler', 'DeleteSchedule', input);
            navigate({ to: '/console/schedules', search: {} });
            await refresh('stepwright');
          }}
          onClose={close}
        >
          It will not be due again. What it has started goes on.
        </ConfirmDialog>
      )}
    </SpaceBetween>
  );
}

export function TargetLink({ arn }: { arn: string }) {
  const isMachine = /^arn:[^:]*:states:[^:]*:[^:]*:stateMachine:[^:]+$/.test(arn);
  const name = arn.split(':').slice(5).join(':');
  return isMachine ? (
    <Link to="/console/state-machines/$arn" params={{ arn }} search={{}}>
      {name.replace('stateMachine:', '')}
    </Link>
  ) : (
    <span title={arn}>{name || arn}</span>
  );
}
