import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call, millisOf } from '../../api/aws';
import { awsAll, refresh } from '../../api/queries';
import { flash } from '../../app/flashes';
import { usePage } from '../../app/frame';
import { useUrl } from '../../app/search';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { Command, CopyableArn } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { EmptyState, ErrorBox } from '../../shared/Feedback';
import { nameProblem } from '../../shared/start/inputs';
import { Time } from '../../shared/Time';
import { TagsTab } from '../state-machine/TagsTab';

interface Activity {
  activityArn: string;
  name: string;
  creationDate: number;
}

export function Page() {
  usePage('Activities');
  const { data, error, refetch } = useQuery(awsAll<Activity>('stepfunctions', 'ListActivities', 'activities'));
  const [{ text = '', activity: selectedName }, setUrl] = useUrl();
  const [dialog, setDialog] = useState<'create' | 'delete' | null>(null);
  const shown = (data ?? []).filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()));
  const { items, collectionProps, paginationProps } = useCollection(shown, {
    pagination: { pageSize: 25 },
    sorting: { defaultState: { sortingColumn: { sortingField: 'name' } } },
  });
  const selected = data?.find(({ name }) => name === selectedName);
  const create = (
    <Button variant="primary" onClick={() => setDialog('create')}>
      Create activity
    </Button>
  );
  return (
    <SpaceBetween size="m">
      <Table
        {...collectionProps}
        variant="full-page"
        trackBy="activityArn"
        items={items}
        loading={!data && !error}
        loadingText="Loading activities"
        enableKeyboardNavigation
        selectionType="single"
        selectedItems={selected ? [selected] : []}
        onSelectionChange={({ detail }) => setUrl({ activity: detail.selectedItems[0]?.name })}
        ariaLabels={{
          tableLabel: 'Activities',
          selectionGroupLabel: 'Selected activity',
          itemSelectionLabel: (_, { name }) => `Select ${name}`,
        }}
        header={
          <Header
            variant="h1"
            counter={data && `(${data.length})`}
            description="Work that your own programs fetch and answer."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button iconName="refresh" ariaLabel="Reload" onClick={() => refetch()} />
                <Button disabled={!selected} onClick={() => setDialog('delete')}>
                  Delete
                </Button>
                {create}
              </SpaceBetween>
            }
          >
            Activities
          </Header>
        }
        filter={
          <TextFilter
            filteringText={text}
            filteringPlaceholder="Find activities"
            filteringAriaLabel="Find activities"
            countText={text ? `${shown.length} ${shown.length === 1 ? 'match' : 'matches'}` : ''}
            onChange={({ detail }) => setUrl({ text: detail.filteringText || undefined })}
          />
        }
        pagination={shown.length > 25 && <Pagination {...paginationProps} />}
        columnDefinitions={[
          {
            id: 'name',
            header: 'Name',
            isRowHeader: true,
            sortingField: 'name',
            maxWidth: 380,
            cell: ({ name }) => <span title={name}>{name}</span>,
          },
          { id: 'arn', header: 'ARN', cell: ({ activityArn }) => <CopyableArn arn={activityArn} /> },
          {
            id: 'created',
            header: 'Created',
            sortingField: 'creationDate',
            cell: ({ creationDate }) => <Time millis={millisOf(creationDate)} />,
          },
        ]}
        empty={
          error ? (
            <ErrorBox error={error} onRetry={() => refetch()} />
          ) : text ? (
            <EmptyState
              title="No matches"
              action={<Button onClick={() => setUrl({ text: undefined })}>Clear filter</Button>}
            />
          ) : (
            <EmptyState title="No activities" action={create}>
              A state whose Resource is an activity waits until a worker has answered.
            </EmptyState>
          )
        }
      />
      {selected && <ActivityDetails key={selected.activityArn} arn={selected.activityArn} />}
      {dialog === 'create' && (
        <CreateActivity onCreated={(name) => setUrl({ activity: name })} onClose={() => setDialog(null)} />
      )}
      {dialog === 'delete' && selected && <DeleteActivity activity={selected} onClose={() => setDialog(null)} />}
    </SpaceBetween>
  );
}

function ActivityDetails({ arn }: { arn: string }) {
  const poll = cli('stepfunctions', 'GetActivityTask', { activityArn: arn, workerName: 'worker-1' });
  const answer = cli('stepfunctions', 'SendTaskSuccess', { taskToken: 'TOKEN', output: '{}' });
  return (
    <SpaceBetween size="m">
      <div>
        <Header
          variant="h2"
          description="A worker asks for a task, waiting up to a minute, and answers it by its token."
        >
          How a worker polls
        </Header>
        <SpaceBetween size="xs">
          <Command command={poll} />
          <Command command={answer} />
        </SpaceBetween>
      </div>
      <TagsTab arn={arn} />
    </SpaceBetween>
  );
}

function CreateActivity({ onCreated, onClose }: { onCreated(name: string): void; onClose(): void }) {
  const [name, setName] = useState('');
  const problem = nameProblem(name);
  return (
    <ConfirmDialog
      title="Create activity"
      confirm="Create"
      command={cli('stepfunctions', 'CreateActivity', { name })}
      isDisabled={name === '' || problem !== null}
      onClose={onClose}
      onConfirm={async () => {
        await call('stepfunctions', 'CreateActivity', { name });
        await refresh('stepfunctions');
        onCreated(name);
        flash({ type: 'success', content: `Created ${name}` });
      }}
    >
      <FormField label="Name" errorText={problem}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
      </FormField>
    </ConfirmDialog>
  );
}

function DeleteActivity({ activity, onClose }: { activity: Activity; onClose(): void }) {
  const input = { activityArn: activity.activityArn };
  return (
    <ConfirmDialog
      title="Delete activity?"
      confirm="Delete"
      typed={activity.name}
      command={cli('stepfunctions', 'DeleteActivity', input)}
      onClose={onClose}
      onConfirm={async () => {
        await call('stepfunctions', 'DeleteActivity', input);
        await refresh('stepfunctions');
        flash({ type: 'success', content: `Deleted ${activity.name}` });
      }}
    >
      <Box>Tasks that wait for it are answered by nobody any more, and end at their timeout.</Box>
    </ConfirmDialog>
  );
}
