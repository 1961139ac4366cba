import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { isMissing } from '../../api/errors';
import { flash } from '../../app/flashes';
import { links } from '../../app/links';
import { CopyCli } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { ErrorBox, Loading } from '../../shared/Feedback';
import Modal from '../../shared/Modal';
import { changedSettings, configProblems } from '../config/config';
import { Substitutions } from '../config/substitutions';
import { useDocument, useStudio } from '../context';
import type { DialogProps } from '../dialogs';
import { useProblems } from '../problems';
import { Conflict } from './conflict';
import { deployable, namesIn, unfilled } from './deployable';
import { Differences } from './differences';
import { findConflict, requestOf, save, type Version } from './save';

/** What is going to change, and then the change. `then`: what happens after it. */
export default function SaveDialog({ onClose, then }: DialogProps & { then?: (arn: string) => void }) {
  const studio = useStudio();
  const { config, savedConfig, base, setConfig } = useDocument((state) => state);
  const definition = useDocument(deployable);
  const missing = useDocument((state) => unfilled(state).length);
  // Asked for what was missing when the dialog was opened: a field does not go away while somebody types into it.
  const [asksValues] = useState(missing > 0);
  const hasNames = useDocument(({ text }) => namesIn(text).length > 0);
  const [version, setVersion] = useState<Version>({ publish: false, description: '' });
  const errors = useProblems().filter(({ severity }) => severity === 'error').length;
  const problems = Object.values(configProblems(config));
  const {
    data: conflict,
    isPending,
    error,
  } = useQuery({
    queryKey: ['studio-conflict', base?.stateMachineArn, base?.revisionId],
    queryFn: () => findConflict(studio),
    gcTime: 0,
    staleTime: 0,
  });
  const saving = useMutation({
    mutationFn: async () => {
      const isNew = studio.store.getState().base === null;
      return { arn: await save(studio, version), isNew };
    },
    onSuccess: ({ arn, isNew }) => {
      flash({ id: 'studio-saved', type: 'success', content: `${config.name} is saved.` });
      if (then) then(arn);
      else onClose();
      // A way back to the page where it had no ARN would lead to another new workflow.
      if (isNew) studio.go(links.studio(arn), { replace: true });
    },
  });
  const isMissingNow = base !== null && isMissing(saving.error ?? error);
  const [wasDeleted, setWasDeleted] = useState(false);
  // There is nothing left to be updated: what is here can become a state machine again.
  useEffect(() => {
    if (!isMissingNow) return;
    setWasDeleted(true);
    saving.reset();
    studio.store.setState({ base: null });
  }, [isMissingNow, saving.reset, studio.store]);
  if (conflict || saving.error?.name === 'Conflict')
    return <Conflict theirs={conflict ?? null} version={version} onClose={onClose} />;
  const changed = changedSettings(savedConfig, config);
  const { operation, input } = requestOf(studio, version, definition);
  const title = base ? `Save ${config.name}` : 'Create state machine';
  return (
    <Modal
      visible
      size="max"
      header={title}
      onDismiss={onClose}
      footer={
        <div className="studio-buttons">
          <CopyCli command={cli('stepfunctions', operation, input)} />
          <span className="studio-grow" />
          <Button variant="link" onClick={onClose}>
            Cancel
          </Button>
          <Button
            variant="primary"
            loading={saving.isPending || isPending}
            disabled={problems.length > 0 || missing > 0}
            onClick={() => saving.mutate()}
            data-testid="confirm-save"
          >
            {then ? `${base ? 'Save' : 'Create'} and continue` : base ? 'Save' : 'Create'}
          </Button>
        </div>
      }
    >
      <SpaceBetween size="m">
        {wasDeleted && (
          <Alert type="warning" header={`${config.name} was deleted in the meantime`}>
            What is here is kept, and can be created as a new state machine.
          </Alert>
        )}
        {saving.error && <ErrorBox error={saving.error} title="It was not saved" />}
        {error && <ErrorBox error={error} title="The deployed state machine cannot be read" />}
        {errors > 0 && (
          <Alert type="warning" header={`The definition has ${errors} ${errors === 1 ? 'error' : 'errors'}`}>
            The server refuses it until {errors === 1 ? 'it is' : 'they are'} repaired. The draft is kept all the same.
          </Alert>
        )}
        {!base && (
          <div className="studio-halves">
            <FormField label="Name" errorText={configProblems(config).name}>
              <Input value={config.name} onChange={({ detail }) => setConfig({ name: detail.value })} />
            </FormField>
            <FormField label="Execution role" errorText={configProblems(config).roleArn}>
              <Input value={config.roleArn} onChange={({ detail }) => setConfig({ roleArn: detail.value })} />
            </FormField>
          </div>
        )}
        {base && problems.length > 0 && <Alert type="error">{problems.join(' ')} See Config mode.</Alert>}
        {asksValues && hasNames && (
          <ExpandableSection
            defaultExpanded
            headerText="Values of substitutions"
            headerDescription="The server takes no definition with names that have no value. The draft keeps the names."
          >
            <Substitutions />
          </ExpandableSection>
        )}
        {base && isPending && <Loading what="Comparing with what is deployed" />}
        {base && !isPending && <Differences before={base.definition} after={definition} />}
        {base && changed.length > 0 && <p className="studio-settings">Settings that change: {changed.join(', ')}.</p>}
        <Checkbox
          checked={version.publish}
          onChange={({ detail }) => setVersion({ ...version, publish: detail.checked })}
          description="A version stays as it is; aliases and executions can name it."
        >
          Publish as a version
        </Checkbox>
        {version.publish && (
          <FormField label="Version description">
            <Input
              value={version.description}
              onChange={({ detail }) => setVersion({ ...version, description: detail.value })}
            />
          </FormField>
        )}
      </SpaceBetween>
    </Modal>
  );
}
