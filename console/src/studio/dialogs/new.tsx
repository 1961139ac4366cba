import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input, { type InputProps } from '@cloudscape-design/components/input';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useRef, useState } from 'react';
import { flashError } from '../../app/flashes';
import { links } from '../../app/links';
import { insertFragment } from '../../asl/edits';
import { parse } from '../../asl/parse';
import { applyEdits } from '../../asl/text';
import type { Language, QueryLanguage } from '../../asl/types';
import Modal from '../../shared/Modal';
import { patterns } from '../browser/patterns';
import { type Config, configProblems } from '../config/config';
import { useDocument, useStudio } from '../context';
import { blank, openNext } from '../open';
import type { DialogProps } from '.';
import { examples } from './examples';

/** What a new workflow begins with. */
export default function New({ onClose }: DialogProps) {
  const { store, ui, keeper, go, canvas } = useStudio();
  // Whatever is more than an untouched page stays as it is, and the new workflow is another.
  const isOther =
    useDocument(({ base, past }) => base !== null || past.length > 0) || keeper.store.getState().revision > 0;
  const [language, setLanguage] = useState<QueryLanguage>('JSONata');
  const [type, setType] = useState<Config['type']>('STANDARD');
  const [name, setName] = useState(isOther ? 'MyStateMachine' : store.getState().config.name);
  const field = useRef<InputProps.Ref>(null);
  // The modal takes the focus when it opens, to its first button.
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.select();
    });
    return () => cancelAnimationFrame(frame);
  }, []);
  const begin = async (text: string, written: Language, suggested?: string) => {
    const config = { name: name === 'MyStateMachine' && suggested ? suggested : name, type };
    if (isOther) {
      await keeper.flush();
      openNext({ text, language: written, config });
      go(links.studio(undefined, { draft: crypto.randomUUID() }));
    } else {
      const named = { ...store.getState().config, ...config };
      store.getState().load(text, written, { config: named, savedText: blank('JSONata') });
    }
    onClose();
    requestAnimationFrame(() => canvas.current?.focus());
  };
  const beginImport = async () => {
    if (isOther) {
      await keeper.flush();
      openNext({ text: blank(language), language: 'json', config: { name, type }, isImport: true });
      go(links.studio(undefined, { draft: crypto.randomUUID() }));
      onClose();
      return;
    }
    store.getState().setConfig({ name, type });
    ui.getState().show({ dialog: 'import' });
  };
  const fromPattern = (id: string) => {
    const pattern = patterns.find((one) => one.id === id);
    if (!pattern) return;
    const start = blank(language);
    const parsed = parse(start, 'json');
    const change = insertFragment(parsed, { kind: 'start', scope: '' }, pattern.fragment(language));
    void begin(applyEdits(start, change.edits), 'json', pattern.name.replace(/[^A-Za-z0-9]+/g, '-'));
  };
  return (
    <Modal visible size="large" header="New workflow" onDismiss={onClose}>
      <SpaceBetween size="l">
        <div className="studio-new-fields">
          <FormField label="Name" errorText={configProblems({ ...store.getState().config, name }).name}>
            <Input
              value={name}
              ref={field}
              onChange={({ detail }) => setName(detail.value)}
              onKeyDown={({ detail }) => detail.key === 'Enter' && begin(blank(language), 'json')}
            />
          </FormField>
          <FormField label="Query language">
            <SegmentedControl
              label="Query language"
              selectedId={language}
              options={[
                { id: 'JSONata', text: 'JSONata' },
                { id: 'JSONPath', text: 'JSONPath' },
              ]}
              onChange={({ detail }) => setLanguage(detail.selectedId as QueryLanguage)}
            />
          </FormField>
          <FormField label="Type">
            <SegmentedControl
              label="Type"
              selectedId={type}
              options={[
                { id: 'STANDARD', text: 'Standard' },
                { id: 'EXPRESS', text: 'Express' },
              ]}
              onChange={({ detail }) => setType(detail.selectedId as Config['type'])}
            />
          </FormField>
        </div>
        <div className="studio-cards">
          <Card title="Blank" text="An empty canvas" onClick={() => begin(blank(language), 'json')} isMain />
          <Card title="Import" text="A definition from a file or the clipboard" onClick={beginImport} />
          <Card title="Drafts" text="What was begun before" onClick={() => ui.getState().show({ dialog: 'drafts' })} />
        </div>
        <Section title="Patterns">
          {patterns.map(({ id, name, description }) => (
            <Card key={id} title={name} text={description} onClick={() => fromPattern(id)} />
          ))}
        </Section>
        {examples.length > 0 && (
          <Section title="Examples">
            {examples.map(({ name, description, load, language }) => (
              <Card
                key={name}
                title={name}
                text={description}
                onClick={() => void load().then((text) => begin(text, language, name), flashError)}
              />
            ))}
          </Section>
        )}
        <Box textAlign="right">
          <Button variant="link" onClick={onClose}>
            Cancel
          </Button>
        </Box>
      </SpaceBetween>
    </Modal>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section aria-label={title}>
      <Box variant="h3" padding={{ bottom: 'xs' }}>
        {title}
      </Box>
      <div className="studio-cards">{children}</div>
    </section>
  );
}

interface CardProps {
  title: string;
  text: string;
  isMain?: boolean;
  onClick(): void;
}

function Card({ title, text, onClick, isMain = false }: CardProps) {
  return (
    <button type="button" className="studio-card" data-main={isMain || undefined} onClick={onClick}>
      <b>{title}</b>
      <span>{text}</span>
    </button>
  );
}
