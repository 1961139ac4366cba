import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useUrl } from '../../app/search';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { type ExecutionFilter, filterOf, filterParameters, isFiltered, searchOf } from '../../shared/executions/filter';
import { useStored } from '../../shared/useStored';

interface View {
  name: string;
  filter: ExecutionFilter;
}

const given: View[] = [
  { name: 'All', filter: {} },
  { name: 'Running', filter: { status: ['RUNNING'] } },
  { name: 'Unsuccessful', filter: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] } },
];

/** Filters under a name, one click away; kept by this browser. */
export function SavedViews() {
  const [search, changeSearch] = useUrl();
  const [own, setOwn] = useStored<View[]>('stepwright.execution-views', []);
  const [isSaving, setSaving] = useState(false);
  const filter = filterOf(search);
  const text = JSON.stringify(searchOf(filter));
  const current = [...given, ...own].find((view) => JSON.stringify(searchOf(view.filter)) === text);
  const isOwn = own.some((view) => view === current);
  const open = (view: View) =>
    changeSearch({
      ...Object.fromEntries(filterParameters.map((name) => [name, undefined])),
      ...searchOf(view.filter),
    });
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {[...given, ...own].map((view) => (
        <Button
          key={view.name}
          variant={view === current ? 'normal' : 'link'}
          ariaLabel={`View ${view.name}`}
          onClick={() => open(view)}
        >
          {view.name}
        </Button>
      ))}
      <ButtonDropdown
        variant="icon"
        ariaLabel="Views"
        items={[
          {
            id: 'save',
            text: 'Save this filter as a view',
            disabled: !isFiltered(filter) || current !== undefined,
            disabledReason: current ? 'It is a view already' : 'Nothing is filtered',
          },
          { id: 'remove', text: `Remove view ${isOwn ? current?.name : ''}`, disabled: !isOwn },
        ]}
        onItemClick={({ detail }) => {
          if (detail.id === 'save') setSaving(true);
          else setOwn(own.filter((view) => view !== current));
        }}
      />
      {isSaving && (
        <SaveView
          taken={[...given, ...own].map(({ name }) => name)}
          onSave={(name) => setOwn([...own, { name, filter }])}
          onClose={() => setSaving(false)}
        />
      )}
    </SpaceBetween>
  );
}

function SaveView(props: { taken: string[]; onSave(name: string): void; onClose(): void }) {
  const [name, setName] = useState('');
  const trimmed = name.trim();
  const isTaken = props.taken.includes(trimmed);
  return (
    <ConfirmDialog
      title="Save view"
      confirm="Save"
      isDisabled={trimmed === '' || isTaken}
      onConfirm={async () => props.onSave(trimmed)}
      onClose={props.onClose}
    >
      <FormField label="Name" errorText={isTaken ? 'There is a view of this name.' : undefined}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
      </FormField>
    </ConfirmDialog>
  );
}
