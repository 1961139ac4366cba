import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/aws';
import { refresh } from '../../api/queries';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { CopyableArn } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { EmptyState, ErrorBox, Loading } from '../../shared/Feedback';
import { JsonView } from '../../shared/JsonView';
import { kindOf, ruleQuery, type Target, targetsQuery } from '../rules/api';
import { RemoveTargetDialog, RuleForm, TargetForm } from '../rules/form';
import { TargetLink } from '../schedule';
import { scheduledQuery } from '../schedules/api';
import { PolicyDialog, RunNowDialog } from '../schedules/dialogs';
import { Firings, NextFirings } from '../schedules/Firings';
import { StateOf } from '../schedules/parts';

type Open = 'state' | 'edit' | 'delete' | 'add' | 'run' | 'policy' | { edit: Target } | { remove: Target } | null;

export function Page() {
  const { bus = 'default', name = '' }: { bus?: string; name?: string } = useParams({ strict: false });
  const own = useQuery(ruleQuery(bus, name));
  const targets = useQuery(targetsQuery(bus, name));
  const timed = useQuery({ ...scheduledQuery(own.data?.Arn ?? ''), enabled: Boolean(own.data?.ScheduleExpression) });
  const [open, setOpen] = useState<Open>(null);
  const navigate = useNavigate();
  if (own.error) {
    return (
      <SpaceBetween size="m">
        <Header variant="h1">{name}</Header>
        <ErrorBox error={own.error} onRetry={() => own.refetch()} />
      </SpaceBetween>
    );
  }
  if (!own.data) return <Loading what="Loading the rule" />;
  const rule = own.data;
  const close = () => setOpen(null);
  const wanted = rule.State === 'ENABLED' ? 'DisableRule' : 'EnableRule';
  const key = { Name: name, EventBusName: bus };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={rule.Description}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => setOpen('state')}>{rule.State === 'ENABLED' ? 'Disable' : 'Enable'}</Button>
            <Button onClick={() => setOpen('delete')}>Delete</Button>
            <Button onClick={() => setOpen('edit')}>Edit</Button>
            {rule.ScheduleExpression && <Button onClick={() => setOpen('policy')}>Policies</Button>}
            {rule.ScheduleExpression && <Button onClick={() => setOpen('run')}>Run now</Button>}
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <Container header={<Header variant="h2">Details</Header>}>
        <KeyValuePairs
          columns={4}
          items={[
            { label: 'State', value: <StateOf state={rule.State} /> },
            { label: 'Event bus', value: bus },
            { label: 'ARN', value: <CopyableArn arn={rule.Arn} /> },
            { label: 'Schedule', value: rule.ScheduleExpression ?? '–' },
          ]}
        />
      </Container>
      {timed.data && <NextFirings scheduled={timed.data} />}
      {timed.data && <Firings scheduled={timed.data} />}
      {rule.EventPattern && (
        <Container
          header={
            <Header
              variant="h2"
              actions={
                <Link to="/console/pattern-tester" search={{ bus, rule: name }}>
                  Test this pattern
                </Link>
              }
            >
              Event pattern
            </Header>
          }
        >
          <JsonView text={rule.EventPattern} label="Event pattern" />
        </Container>
      )}
      <Table
        header={
          <Header
            variant="h2"
            counter={targets.data && `(${targets.data.length})`}
            actions={<Button onClick={() => setOpen('add')}>Add target</Button>}
          >
            Targets
          </Header>
        }
        items={targets.data ?? []}
        loading={targets.isPending}
        loadingText="Loading"
        trackBy="Id"
        ariaLabels={{ tableLabel: 'Targets' }}
        empty={<EmptyState title="No targets">The rule matches, and nothing happens.</EmptyState>}
        columnDefinitions={[
          { id: 'id', header: 'ID', cell: (target) => target.Id, isRowHeader: true },
          { id: 'kind', header: 'Kind', cell: (target) => kindOf(target.Arn) },
          { id: 'target', header: 'Target', cell: (target) => <TargetLink arn={target.Arn} /> },
          { id: 'input', header: 'Input', cell: (target) => inputOf(target) },
          {
            id: 'actions',
            header: 'Actions',
            cell: (target) => (
              <SpaceBetween direction="horizontal" size="xs">
                <Button variant="inline-link" ariaLabel={`Edit ${target.Id}`} onClick={() => setOpen({ edit: target })}>
                  Edit
                </Button>
                <Button
                  variant="inline-link"
                  ariaLabel={`Remove ${target.Id}`}
                  onClick={() => setOpen({ remove: target })}
                >
                  Remove
                </Button>
              </SpaceBetween>
            ),
          },
        ]}
      />
      {open === 'state' && (
        <ConfirmDialog
          title={`${rule.State === 'ENABLED' ? 'Disable' : 'Enable'} ${name}`}
          confirm={rule.State === 'ENABLED' ? 'Disable' : 'Enable'}
          command={cli('events', wanted, key)}
          onConfirm={async () => {
            await call('events', wanted, key);
            await refresh('events', 'stepwright');
          }}
          onClose={close}
        >
          {rule.State === 'ENABLED'
            ? 'Events do not reach its targets until it is enabled again.'
            : 'Events reach its targets from now on.'}
        </ConfirmDialog>
      )}
      {open === 'edit' && <RuleForm rule={rule} onClose={close} />}
      {open === 'add' && <TargetForm rule={rule} onClose={close} />}
      {open === 'run' && timed.data && <RunNowDialog scheduled={timed.data} onClose={close} />}
      {open === 'policy' && timed.data && <PolicyDialog scheduled={timed.data} onClose={close} />}
      {open === 'delete' && (
        <ConfirmDialog
          title={`Delete ${name}`}
          confirm="Delete"
          typed={name}
          command={cli('events', 'DeleteRule', key)}
          onConfirm={async () => {
            const ids = (targets.data ?? []).map(({ Id }) => Id);
            if (ids.length > 0) await call('events', 'RemoveTargets', { Rule: name, EventBusName: bus, Ids: ids });
            await call('events', 'DeleteRule', key);
            navigate({ to: '/console/rules', search: {} });
            await refresh('events', 'stepwright');
          }}
          onClose={close}
        >
          The rule and its {targets.data?.length ?? 0} targets are deleted.
        </ConfirmDialog>
      )}
      {open !== null && typeof open === 'object' && 'edit' in open && (
        <TargetForm rule={rule} target={open.edit} onClose={close} />
      )}
      {open !== null && typeof open === 'object' && 'remove' in open && (
        <RemoveTargetDialog rule={rule} target={open.remove} onClose={close} />
      )}
    </SpaceBetween>
  );
}

function inputOf(target: Target): string {
  if (target.InputTransformer) return 'Transformed';
  if (target.InputPath) return target.InputPath;
  return target.Input !== undefined ? 'Constant' : 'The event';
}
