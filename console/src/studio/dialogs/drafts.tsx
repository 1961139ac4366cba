import Button from '@cloudscape-design/components/button';
import Table from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';
import type { DraftSummary } from '../../api/types';
import { flashError } from '../../app/flashes';
import { links, nameOf } from '../../app/links';
import { EmptyState, ErrorBox } from '../../shared/Feedback';
import Modal from '../../shared/Modal';
import { Time } from '../../shared/Time';
import { useStudio } from '../context';
import { authorOf, deleteDraft, listDrafts } from '../drafts/drafts';
import type { DialogProps } from '.';

/** Everything that was begun and not saved. */
export default function Drafts({ onClose }: DialogProps) {
  const { go, keeper } = useStudio();
  const {
    data = [],
    isPending,
    error,
    refetch,
  } = useQuery({ queryKey: ['ui', 'drafts'], queryFn: listDrafts, staleTime: 0 });
  const current = keeper.store.getState().id;
  const open = async ({ id, stateMachineArn }: DraftSummary) => {
    await keeper.flush();
    onClose();
    go(links.studio(stateMachineArn ?? undefined, { draft: id }));
  };
  return (
    <Modal visible size="large" header="Drafts" onDismiss={onClose}>
      {error && <ErrorBox error={error} onRetry={() => refetch()} />}
      <Table
        variant="embedded"
        loading={isPending}
        loadingText="Loading drafts"
        items={data}
        trackBy="id"
        ariaLabels={{ tableLabel: 'Drafts' }}
        empty={<EmptyState title="No drafts">What you change in the Studio is kept here until it is saved.</EmptyState>}
        columnDefinitions={[
          {
            id: 'name',
            header: 'Name',
            isRowHeader: true,
            cell: (draft) => (
              <Button variant="inline-link" disabled={draft.id === current} onClick={() => open(draft)}>
                {draft.name || 'Unnamed'}
                {draft.id === current ? ' (open)' : ''}
              </Button>
            ),
          },
          {
            id: 'of',
            header: 'State machine',
            cell: ({ stateMachineArn }) => (stateMachineArn ? nameOf(stateMachineArn) : 'New'),
          },
          { id: 'user', header: 'By', cell: (draft) => authorOf(draft) ?? '–' },
          { id: 'saved', header: 'Kept', cell: ({ savedMillis }) => <Time millis={savedMillis} /> },
          {
            id: 'delete',
            header: 'Delete',
            cell: ({ id, name }) => (
              <Button
                variant="inline-icon"
                iconName="remove"
                ariaLabel={`Delete draft ${name}`}
                disabled={id === current}
                onClick={() => deleteDraft(id).then(() => refetch(), flashError)}
              />
            ),
          },
        ]}
      />
    </Modal>
  );
}
