import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/aws';
import { isMissing } from '../../api/errors';
import { refresh } from '../../api/queries';
import { usePage } from '../../app/frame';
import { go } from '../../app/Link';
import { links } from '../../app/links';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { CopyableArn } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { PendingPage } from '../../shared/Feedback';
import { JsonView } from '../../shared/JsonView';
import { Time } from '../../shared/Time';
import { durationText } from '../../shared/time';
import { useLeaving } from '../../shared/useLeaving';
import { TargetLink, targetOf } from '../rules/target';
import { scheduledQuery, scheduleQuery } from '../schedules/api';
import { labelIn, missed, overlap, PolicyDialog, RunNowDialog, StateDialog } from '../schedules/dialogs';
import { Firings, NextFirings } from '../schedules/Firings';
import { ScheduleForm } from '../schedules/form';
import { Expression, StateOf } from '../schedules/parts';

type Dialog = 'run' | 'state' | 'policy' | 'edit' | 'delete' | null;

export function Page() {
  const { group = 'default', name = '' }: { group?: string; name?: string } = useParams({ strict: false });
  usePage(name, [{ text: 'Schedules', href: links.schedules }]);
  const [isLeaving, leaveBy] = useLeaving();
  const own = useQuery({ ...scheduleQuery(group, name), enabled: !isLeaving });
  const timed = useQuery({ ...scheduledQuery(own.data?.Arn ?? ''), enabled: own.data !== undefined && !isLeaving });
  const [dialog, setDialog] = useState<Dialog>(null);
  const error = own.error ?? timed.error;
  if (isMissing(error) || !own.data || !timed.data)
    return <PendingPage title={name} error={error} onRetry={() => own.refetch()} />;
  const [schedule, scheduled] = [own.data, timed.data];
  const { Target: target } = schedule;
  const close = () => setDialog(null);
  const input = { Name: name, GroupName: group };
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description={<CopyableArn arn={scheduled.Arn} />}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ButtonDropdown
              items={[
                { id: 'policy', text: 'Missed and overlapping runs' },
                { id: 'delete', text: 'Delete' },
              ]}
              onItemClick={({ detail }) => setDialog(detail.id as Dialog)}
            >
              Actions
            </ButtonDropdown>
            <Button onClick={() => setDialog('state')}>{scheduled.State === 'ENABLED' ? 'Pause' : 'Resume'}</Button>
            <Button onClick={() => setDialog('edit')}>Edit</Button>
            <Button variant="primary" onClick={() => setDialog('run')}>
              Run now
            </Button>
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'State', value: <StateOf state={scheduled.State} /> },
          {
            label: 'Schedule',
            value: <Expression expression={scheduled.ScheduleExpression} zone={scheduled.ScheduleExpressionTimezone} />,
          },
          { label: 'Group', value: group },
          { label: targetOf(target.Arn).kind, value: <TargetLink arn={target.Arn} /> },
          { label: 'Missed runs', value: labelIn(missed, scheduled.Missed) },
          {
            label: 'Overlapping runs',
            value: `${labelIn(overlap, scheduled.Overlap)}${scheduled.Queued ? `, ${scheduled.Queued} waiting` : ''}`,
          },
          { label: 'Running now', value: scheduled.Running.length.toLocaleString('en') },
          {
            label: 'Flexible time window',
            value: scheduled.MaximumWindowInMinutes ? `${scheduled.MaximumWindowInMinutes} minutes` : 'Off',
          },
          ...(schedule.Description ? [{ label: 'Description', value: schedule.Description }] : []),
          ...(schedule.StartDate ? [{ label: 'Starts', value: <Time millis={schedule.StartDate * 1000} /> }] : []),
          ...(schedule.EndDate ? [{ label: 'Ends', value: <Time millis={schedule.EndDate * 1000} /> }] : []),
          ...(schedule.ActionAfterCompletion === 'DELETE' ? [{ label: 'After its last time', value: 'Delete' }] : []),
        ]}
      />
      <Grid gridDefinition={[{ colspan: { default: 12, m: 7 } }, { colspan: { default: 12, m: 5 } }]}>
        <NextFirings scheduled={scheduled} />
        <Firings scheduled={scheduled} />
      </Grid>
      <Container header={<Header variant="h2">Target</Header>}>
        <SpaceBetween size="m">
          <KeyValuePairs
            columns={2}
            items={[
              { label: 'ARN', value: <CopyableArn arn={target.Arn} label="target" /> },
              { label: 'Role', value: <CopyableArn arn={target.RoleArn} label="role" /> },
              {
                label: 'Retry',
                value: `${target.RetryPolicy?.MaximumRetryAttempts ?? 185} attempts within ${durationText((target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400) * 1000)}`,
              },
              { label: 'Dead-letter queue', value: target.DeadLetterConfig?.Arn ?? 'None' },
            ]}
          />
          {target.Input !== undefined && <JsonView text={target.Input} label="Input" maxHeight={240} />}
        </SpaceBetween>
      </Container>
      {dialog === 'run' && <RunNowDialog scheduled={scheduled} onClose={close} />}
      {dialog === 'state' && <StateDialog scheduled={scheduled} onClose={close} />}
      {dialog === 'policy' && <PolicyDialog scheduled={scheduled} onClose={close} />}
      {dialog === 'edit' && <ScheduleForm schedule={schedule} onClose={close} />}
      {dialog === 'delete' && (
        <ConfirmDialog
          title={`Delete ${name}?`}
          confirm="Delete"
          typed={name}
          command={cli('scheduler', 'DeleteSchedule', input)}
          onConfirm={async () => {
            await leaveBy(() => call('scheduler', 'DeleteSchedule', input));
            go(links.schedules);
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
