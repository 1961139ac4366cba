import Autosuggest from '@cloudscape-design/components/autosuggest';
import Link from '@cloudscape-design/components/link';
import { useMemo, useState } from 'react';
import { setField } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import type { Parsed, State } from '../../../asl/types';
import { type ActionModel, useActivities, useCatalog, useFunctions, useStateMachines } from '../catalog';
import { useEditing } from '../editing';
import { EnumControl, TextControl } from '../fields/controls';
import { Field, Tool } from '../fields/Field';
import { apiName, isAction, type Pattern, type Resource, readResource, writeResource } from '../model/resource';
import { searchResources } from './resource-search';

const PATTERNS: Record<Pattern, { label: string; description: string }> = {
  requestResponse: { label: 'Request response', description: 'Goes on when the API has answered' },
  sync: { label: 'Run a job (.sync)', description: 'Goes on when the job is done' },
  'sync:2': { label: 'Run a job (.sync:2)', description: 'Goes on when it is done; its output is JSON' },
  waitForTaskToken: { label: 'Wait for callback', description: 'Goes on when somebody returns the task token' },
};

/** What the Task calls: found by words, or written as an ARN. */
export function ResourceField({ state, model }: { state: State; model: ActionModel }) {
  const { set, applyAll, language, isReadOnly } = useEditing();
  const at = child(state.path, 'Resource');
  const text = typeof state.value.Resource === 'string' ? state.value.Resource : '';
  const resource = readResource(text);
  const [search, setSearch] = useState<string | null>(null);
  const catalog = useCatalog();
  const functions = useFunctions();
  const activities = useActivities();
  const machines = useStateMachines();
  const groups = useMemo(
    () => (search === null ? [] : searchResources(search, catalog, functions, activities, machines)),
    [search, catalog, functions, activities, machines],
  );
  const choose = (detail: string) => {
    const found = groups.flatMap((group) => group.found).find((one) => one.detail === detail);
    const { resource, parameter } = found ?? { resource: detail };
    const place = child(state.path, language === 'JSONata' ? 'Arguments' : 'Parameters', parameter?.name ?? '');
    applyAll([
      (parsed) => setField(parsed, at, resource),
      ...(parameter ? [(parsed: Parsed) => setField(parsed, place, parameter.value)] : []),
    ]);
    setSearch(null);
  };
  const isSearching = search !== null || text === '';
  return (
    <>
      {isSearching && (
        <Field
          label="Find an action"
          at={[]}
          actions={
            text !== '' && (
              <Tool label="Keep the action" onClick={() => setSearch(null)}>
                ✕
              </Tool>
            )
          }
        >
          <Autosuggest
            value={search ?? ''}
            ariaLabel="Find an action"
            placeholder="describe instances, a function, an activity …"
            options={groups.map(({ label, found }) => ({
              label,
              options: found.map(({ label, detail }) => ({ value: detail, label, description: detail })),
            }))}
            filteringType="manual"
            enteredTextLabel={(typed) => `Write “${typed}” as the resource`}
            empty={catalog ? 'Nothing by this name' : 'The list of actions is not there'}
            clearAriaLabel="Clear"
            expandToViewport
            disabled={isReadOnly}
            onFocus={() => setSearch(search ?? '')}
            onChange={({ detail }) => setSearch(detail.value)}
            onSelect={({ detail }) => choose(detail.value)}
          />
        </Field>
      )}
      <Field
        label="Resource"
        at={at}
        help="Resource"
        hint={model.warning}
        actions={
          !isSearching && (
            <Tool label="Change action" onClick={() => setSearch('')} isDisabled={isReadOnly}>
              change
            </Tool>
          )
        }
        constraint={
          model.shape && (
            <Link href={model.shape.reference} external rel="noreferrer noopener" target="_blank" fontSize="body-s">
              {actionTitle(resource)} in AWS’s reference
            </Link>
          )
        }
      >
        <TextControl label="Resource" value={text} empty="" onChange={(typed) => set(at, typed)} />
      </Field>
      <PatternField at={at} resource={resource} />
    </>
  );
}

function actionTitle(resource: Resource): string {
  return isAction(resource) ? apiName(resource.operation) : 'This action';
}

function PatternField({ at, resource }: { at: string; resource: Resource }) {
  const { set, state } = useEditing();
  const catalog = useCatalog();
  if (!isAction(resource)) return null;
  const row = catalog?.optimized.find(({ resource: name }) => name === `${resource.service}:${resource.operation}`);
  const taken: Pattern[] =
    resource.kind === 'sdk'
      ? ['requestResponse', 'waitForTaskToken']
      : (row?.patterns ?? (Object.keys(PATTERNS) as Pattern[]));
  const patterns = taken.includes(resource.pattern) ? taken : [...taken, resource.pattern];
  if (patterns.length === 1) return null;
  const sent = JSON.stringify(state?.value.Arguments ?? state?.value.Parameters ?? null);
  const token = state?.queryLanguage === 'JSONata' ? '$states.context.Task.Token' : '$$.Task.Token';
  const forgets = resource.pattern === 'waitForTaskToken' && !sent.includes('Task.Token');
  return (
    <Field
      label="Integration pattern"
      at={[]}
      help="Pattern"
      hint={forgets ? `Nobody can answer unless a parameter sends ${token}` : null}
    >
      <EnumControl
        label="Integration pattern"
        value={resource.pattern}
        choices={patterns.map((value) => ({ value, ...PATTERNS[value] }))}
        onChange={(pattern) => set(at, writeResource({ ...resource, pattern: pattern as Pattern }))}
      />
    </Field>
  );
}
