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
import { follow, go } from '../../app/Link';
import { links } from '../../app/links';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { CopyableArn } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { PendingPage } from '../../shared/Feedback';
import { pretty } from '../../shared/json/text';
import { useLeaving } from '../../shared/useLeaving';
import { JsonEditor } from '../../studio/code';
import { type Rule, ruleQuery, type Target, targetsQuery } from '../rules/api';
import { RuleForm } from '../rules/RuleForm';
import { RemoveTargetDialog, TargetForm } from '../rules/TargetForm';
import { scheduledQuery } from '../schedules/api';
import { labelIn, missed, overlap, PolicyDialog, RunNowDialog } from '../schedules/dialogs';
import { Firings, NextFirings } from '../schedules/Firings';
import { Expression, StateOf } from '../schedules/parts';
import { Targets } from './Targets';

type Open =
  | { dialog: 'state' | 'edit' | 'delete' | 'add' | 'run' | 'policy' }
  | { dialog: 'change' | 'remove'; target: Target };

export function Page() {
  const { bus = 'default', name = '' }: { bus?: string; name?: string } = useParams({ strict: false });
  usePage(name, [{ text: 'Rules', href: links.rules }]);
  const [isLeaving, leaveBy] = useLeaving();
  const own = useQuery({ ...ruleQuery(bus, name), enabled: !isLeaving });
  const targets = useQuery({ ...targetsQuery(bus, name), enabled: !isLeaving });
  const timed = useQuery({
    ...scheduledQuery(own.data?.Arn ?? ''),
    enabled: Boolean(own.data?.ScheduleExpression) && !isLeaving,
  });
  const [open, setOpen] = useState<Open | null>(null);
  if (!own.data || isMissing(own.error))
    return <PendingPage title={name} error={own.error} onRetry={() => own.refetch()} />;
  const rule = own.data;
  const show = (dialog: string) => setOpen({ dialog } as Open);
  const close = () => setOpen(null);
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description={<CopyableArn arn={rule.Arn} />}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <ButtonDropdown
              items={[
                ...(rule.ScheduleExpression ? [{ id: 'policy', text: 'Missed and overlapping runs' }] : []),
                { id: 'delete', text: 'Delete' },
              ]}
              onItemClick={({ detail }) => show(detail.id)}
            >
              Actions
            </ButtonDropdown>
            <Button onClick={() => show('state')}>{rule.State === 'ENABLED' ? 'Disable' : 'Enable'}</Button>
            <Button onClick={() => show('edit')}>Edit</Button>
            {timed.data && (
              <Button variant="primary" onClick={() => show('run')}>
                Run now
              </Button>
            )}
          </SpaceBetween>
        }
      >
        {name}
      </Header>
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'State', value: <StateOf state={rule.State} off="Disabled" /> },
          { label: 'Event bus', value: bus },
          { label: 'Description', value: rule.Description ?? '–' },
          ...(rule.ScheduleExpression
            ? [{ label: 'Schedule', value: <Expression expression={rule.ScheduleExpression} zone="UTC" /> }]
            : [{ label: 'Called for', value: 'Events that its pattern matches' }]),
          ...(timed.data
            ? [
                { label: 'Missed runs', value: labelIn(missed, timed.data.Missed) },
                { label: 'Overlapping runs', value: labelIn(overlap, timed.data.Overlap) },
              ]
            : []),
        ]}
      />
      {timed.data && (
        <Grid gridDefinition={[{ colspan: { default: 12, m: 7 } }, { colspan: { default: 12, m: 5 } }]}>
          <NextFirings scheduled={timed.data} />
          <Firings scheduled={timed.data} />
        </Grid>
      )}
      {rule.EventPattern && (
        <Container
          header={
            <Header
              variant="h2"
              actions={
                <Button href={`${links.patternTester}?${new URLSearchParams({ bus, rule: name })}`} onFollow={follow}>
                  Test this pattern
                </Button>
              }
            >
              Event pattern
            </Header>
          }
        >
          <Pattern text={pretty(rule.EventPattern)} />
        </Container>
      )}
      <Targets
        targets={targets.data}
        error={targets.error}
        onRetry={() => targets.refetch()}
        onAdd={() => show('add')}
        onOpen={(dialog, target) => setOpen({ dialog, target })}
      />
      {open?.dialog === 'state' && <SwitchDialog rule={rule} onClose={close} />}
      {open?.dialog === 'edit' && <RuleForm rule={rule} onClose={close} />}
      {open?.dialog === 'add' && <TargetForm rule={rule} onClose={close} />}
      {open?.dialog === 'change' && <TargetForm rule={rule} target={open.target} onClose={close} />}
      {open?.dialog === 'remove' && <RemoveTargetDialog rule={rule} target={open.target} onClose={close} />}
      {open?.dialog === 'run' && timed.data && <RunNowDialog scheduled={timed.data} onClose={close} />}
      {open?.dialog === 'policy' && timed.data && <PolicyDialog scheduled={timed.data} onClose={close} />}
      {open?.dialog === 'delete' && (
        <DeleteDialog rule={rule} targets={targets.data ?? []} leaveBy={leaveBy} onClose={close} />
      )}
    </SpaceBetween>
  );
}

/** As high as it is long, up to a point. */
function Pattern({ text }: { text: string }) {
  return (
    <JsonEditor label="Event pattern" value={text} height={Math.min(420, 24 + text.split('\n').length * 20)} readOnly />
  );
}

function SwitchDialog({ rule, onClose }: { rule: Rule; onClose(): void }) {
  const [word, operation, text] =
    rule.State === 'ENABLED'
      ? ['Disable', 'DisableRule', 'Its targets are not called until it is enabled again.']
      : ['Enable', 'EnableRule', 'Its targets are called from now on.'];
  const key = { Name: rule.Name, EventBusName: rule.EventBusName };
  return (
    <ConfirmDialog
      title={`${word} ${rule.Name}?`}
      confirm={word}
      command={cli('events', operation, key)}
      onConfirm={async () => {
        await call('events', operation, key);
        await refresh('events', 'stepwright');
      }}
      onClose={onClose}
    >
      {text}
    </ConfirmDialog>
  );
}

/** A rule goes when its targets have gone. */
function DeleteDialog(props: {
  rule: Rule;
  targets: Target[];
  leaveBy: ReturnType<typeof useLeaving>[1];
  onClose(): void;
}) {
  const { rule, targets, leaveBy, onClose } = props;
  const { Name, EventBusName } = rule;
  const steps = [
    ...(targets.length > 0
      ? [['RemoveTargets', { Rule: Name, EventBusName, Ids: targets.map(({ Id }) => Id) }] as const]
      : []),
    ['DeleteRule', { Name, EventBusName }] as const,
  ];
  return (
    <ConfirmDialog
      title={`Delete ${Name}?`}
      confirm="Delete"
      typed={Name}
      command={steps.map(([operation, input]) => cli('events', operation, input)).join(' && \\\n')}
      onConfirm={async () => {
        await leaveBy(async () => {
          for (const [operation, input] of steps) await call('events', operation, input);
        });
        go(links.rules);
        await refresh('events', 'stepwright');
      }}
      onClose={onClose}
    >
      {targets.length === 0
        ? 'The rule is deleted.'
        : `The rule is deleted, and with it ${targets.length === 1 ? 'its target' : `its ${targets.length} targets`}.`}
    </ConfirmDialog>
  );
}
