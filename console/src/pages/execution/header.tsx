import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useMemo, useState } from 'react';
import { millisOf } from '../../api/aws';
import type { ExecutionStatus } from '../../api/types';
import { useCommands } from '../../app/commands';
import { flash, flashError } from '../../app/flashes';
import { go, Link } from '../../app/Link';
import { links, nameOf } from '../../app/links';
import { StatusBadge } from '../../shared/StatusBadge';
import { Duration, Time } from '../../shared/Time';
import { type Action, ActionDialog, actionOf } from './actions';
import styles from './execution.module.css';
import { exportHistory } from './export';
import { useModel } from './model';
import { parentOf } from './nested';

export function ExecutionHeader() {
  const { arn, description, live, isPaused } = useModel();
  const [action, setAction] = useState<Action | null>(null);
  const isRunning = live.status === 'RUNNING';
  const isRedrivable = description.redriveStatus === 'REDRIVABLE' && !isRunning;
  const save = () =>
    exportHistory(arn).then(
      (file) => flash({ type: 'success', content: `${file} was downloaded.` }),
      (error) => flashError(error, 'The history could not be exported'),
    );
  const inStudio = links.studio(withoutLabel(description.stateMachineArn), { run: arn });
  const isChild = description.mapRunArn !== undefined;
  useCommands([
    {
      id: 'execution.start',
      title: 'New execution with this input',
      group: 'Execution',
      run: () => setAction('start'),
    },
    ...(isRunning
      ? [{ id: 'execution.stop', title: 'Stop this execution', group: 'Execution', run: () => setAction('stop') }]
      : []),
    ...(isRedrivable
      ? [
          {
            id: 'execution.redrive',
            title: 'Redrive this execution',
            group: 'Execution',
            run: () => setAction('redrive'),
          },
        ]
      : []),
    { id: 'execution.export', title: 'Export its history as JSON', group: 'Execution', run: save },
  ]);
  return (
    <div data-testid="execution-header">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {isRunning ? (
              <Button onClick={() => setAction('stop')}>Stop execution</Button>
            ) : (
              <Button
                onClick={() => setAction('redrive')}
                disabled={!isRedrivable}
                disabledReason={description.redriveStatusReason ?? 'Only unsuccessful executions are redriven.'}
              >
                Redrive
              </Button>
            )}
            <ButtonDropdown
              items={[
                {
                  id: 'pause',
                  text: 'Pause',
                  disabled: !isRunning || isPaused,
                  description: 'No further state is entered',
                },
                { id: 'resume', text: 'Resume', disabled: !isPaused },
                { id: 'drain', text: 'Drain', disabled: !isRunning, description: 'Wind down, so that clean-up runs' },
                { id: 'compare', text: 'Compare with another execution' },
                { id: 'export', text: 'Export history (JSON)' },
              ]}
              onItemClick={({ detail: { id } }) => {
                if (id === 'export') save();
                else setAction(actionOf(id));
              }}
            >
              Actions
            </ButtonDropdown>
            {!isChild && (
              <Button href={inStudio} onFollow={(event) => [event.preventDefault(), go(inStudio)]}>
                Open in Studio
              </Button>
            )}
            {!isChild && (
              <Button variant="primary" onClick={() => setAction('start')}>
                New execution
              </Button>
            )}
          </SpaceBetween>
        }
      >
        <span className={styles.title} data-testid="execution-name">
          {description.name}
        </span>
      </Header>
      <Facts />
      {action && <ActionDialog action={action} onClose={() => setAction(null)} />}
    </div>
  );
}

/** What one wants to know at a glance, in one line. */
function Facts() {
  const { description, live, isPaused } = useModel();
  const { stateMachineArn, stateMachineVersionArn, stateMachineAliasArn, mapRunArn } = description;
  const startedBy = useMemo(() => parentOf(description.input), [description.input]);
  const qualified = stateMachineAliasArn ?? stateMachineVersionArn;
  const qualifier = qualified && nameOf(qualified);
  const start = live.startMillis ?? millisOf(description.startDate);
  const machine = withoutLabel(stateMachineArn);
  return (
    <dl className={styles.facts}>
      <Fact name="Status">
        <span data-testid="execution-status">
          <StatusBadge status={live.status as ExecutionStatus} isPaused={isPaused && live.status === 'RUNNING'} />
        </span>
      </Fact>
      <Fact name="State machine">
        <Link href={links.stateMachine(machine)}>{nameOf(machine)}</Link>
        {qualifier && `:${qualifier}`}
      </Fact>
      {startedBy && (
        <Fact name="Started by">
          <Link href={links.execution(startedBy)}>{nameOf(startedBy)}</Link>
        </Fact>
      )}
      {mapRunArn && (
        <Fact name="Map Run">
          <Link href={links.mapRun(mapRunArn)}>{nameOf(mapRunArn)}</Link>
        </Fact>
      )}
      <Fact name="Started">
        <Time millis={start} />
      </Fact>
      <Fact name="Ended">{live.stopMillis === null ? '–' : <Time millis={live.stopMillis} />}</Fact>
      <Fact name="Duration">
        <Duration startMillis={start} stopMillis={live.stopMillis} />
      </Fact>
      <Fact name="Events">{live.events.length.toLocaleString('en')}</Fact>
      {live.redrives.length > 0 && <Fact name="Redrives">{live.redrives.length}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Of a Map Run's children the machine's own ARN, without the label. */
function withoutLabel(stateMachineArn: string): string {
  return stateMachineArn.replace(/\/[^/]*$/, '');
}
