import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { lazy, Suspense, useMemo, useRef, useState } from 'react';
import { flashError } from '../../app/flashes';
import { useUrl } from '../../app/search';
import { readable } from '../../asl/format';
import { parse } from '../../asl/parse';
import type { StatePath } from '../../asl/types';
import type { GraphHandle } from '../../graph';
import { download } from '../../shared/browser';
import { Loading } from '../../shared/Feedback';
import { JsonEditor } from '../../studio/code';
import styles from './definition.module.css';
import type { StateMachine } from './describe';

const WorkflowGraph = lazy(() => import('../../graph').then(({ WorkflowGraph }) => ({ default: WorkflowGraph })));

/** Graph and text; a state that is selected in the graph shows its own text. */
export function DefinitionTab({ machine }: { machine: StateMachine }) {
  const { name } = machine;
  const definition = useMemo(() => readable(machine.definition), [machine.definition]);
  const [{ state = '' }, setUrl] = useUrl();
  const [collapsed, setCollapsed] = useState<ReadonlySet<StatePath>>(new Set());
  const graph = useRef<GraphHandle>(null);
  const parsed = useMemo(() => parse(definition, 'json'), [definition]);
  const selected = parsed.workflow?.states.get(state);
  const text = selected ? outdented(definition.slice(selected.range.from, selected.range.to)) : definition;
  const select = (path: StatePath | undefined) => setUrl({ state: path });
  return (
    <Container
      header={
        <Header
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {selected && <Button onClick={() => select(undefined)}>Show all</Button>}
              <CopyToClipboard
                copyButtonText="Copy"
                copySuccessText="Definition copied"
                copyErrorText="The browser does not let this page copy"
                textToCopy={text}
              />
              <ButtonDropdown
                items={[
                  { id: 'json', text: 'Definition as JSON' },
                  { id: 'svg', text: 'Graph as SVG' },
                  { id: 'png', text: 'Graph as PNG' },
                ]}
                onItemClick={({ detail }) => {
                  if (detail.id === 'json') download(`${name}.asl.json`, definition);
                  else graph.current?.export(detail.id as 'svg' | 'png', name).catch(flashError);
                }}
              >
                Download
              </ButtonDropdown>
            </SpaceBetween>
          }
        >
          {selected ? selected.name : 'Definition'}
        </Header>
      }
    >
      <div className={styles.both}>
        <div className={styles.graph}>
          {parsed.workflow ? (
            <Suspense fallback={<Loading />}>
              <WorkflowGraph
                ref={graph}
                label={`Graph of ${name}`}
                workflow={parsed.workflow}
                collapsed={collapsed}
                onCollapse={(path, isCollapsed) => {
                  const next = new Set(collapsed);
                  if (isCollapsed) next.add(path);
                  else next.delete(path);
                  setCollapsed(next);
                }}
                selection={selected ? [selected.path] : []}
                onSelect={([path]) => select(path)}
              />
            </Suspense>
          ) : (
            'The definition cannot be drawn.'
          )}
        </div>
        <JsonEditor
          value={text}
          label={selected ? `Definition of ${selected.name}` : 'Definition'}
          height={560}
          readOnly
        />
      </div>
    </Container>
  );
}

/** Lines behind the first as if the state stood alone. */
function outdented(text: string): string {
  const indent = /\n( *)\S[^\n]*$/.exec(text)?.[1] ?? '';
  return text.replaceAll(`\n${indent}`, '\n');
}
