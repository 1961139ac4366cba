import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Suspense, useState } from 'react';
import { flash } from '../../app/flashes';
import { ErrorBox, Loading } from '../../shared/Feedback';
import { lazily } from '../../shared/lazily';
import Modal from '../../shared/Modal';
import type { Config } from '../config/config';
import { useDocument, useStudio } from '../context';
import type { DialogProps } from '../dialogs';
import { describe } from '../open';
import type { Base } from '../store';
import { replaceText } from '../transfer/read';
import { deployable } from './deployable';
import { save, type Version } from './save';

const TextDifference = lazily(() => import('./merge-view'));

interface ConflictProps extends DialogProps {
  theirs: { base: Base; config: Config } | null;
  version: Version;
}

/** Somebody else saved in the meantime: theirs and mine beside each other, and nothing happens by itself. */
export function Conflict({ theirs: seen, version, onClose }: ConflictProps) {
  const studio = useStudio();
  const { text, base } = useDocument((state) => state);
  const mine = useDocument(deployable);
  const arn = base?.stateMachineArn ?? '';
  const { data: theirs, error } = useQuery({
    queryKey: ['studio-theirs', arn],
    queryFn: () => describe(arn),
    ...(seen ? { initialData: seen, staleTime: Number.POSITIVE_INFINITY } : {}),
    gcTime: 0,
  });
  const [merged, setMerged] = useState<string | null>(null);
  // With substitutions or in YAML the text is not what is deployed: then it cannot be merged here.
  const canMerge = text === mine;
  const replacing = useMutation({
    mutationFn: async () => {
      if (merged !== null) replaceText(studio.store, merged, 'json');
      return save(studio, version, theirs?.base.revisionId);
    },
    onSuccess: () => {
      flash({ id: 'studio-saved', type: 'success', content: 'Saved over the other one’s changes.' });
      onClose();
    },
  });
  const takeTheirs = () => {
    if (!theirs) return;
    const { base, config } = theirs;
    replaceText(studio.store, base.definition, 'json');
    studio.store.setState({ base, config, savedConfig: config, savedText: base.definition });
    flash({ type: 'info', content: 'This is what the other one saved. Undo brings your definition back.' });
    onClose();
  };
  return (
    <Modal
      visible
      size="max"
      header="Saved by somebody else in the meantime"
      onDismiss={onClose}
      footer={
        <div className="studio-buttons">
          <Button variant="link" onClick={onClose}>
            Keep editing
          </Button>
          <Button disabled={!theirs} onClick={takeTheirs}>
            Take theirs
          </Button>
          <Button variant="primary" disabled={!theirs} loading={replacing.isPending} onClick={() => replacing.mutate()}>
            {merged === null ? 'Replace theirs with mine' : 'Save merged'}
          </Button>
        </div>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning" data-testid="conflict">
          Nothing was overwritten.{' '}
          {canMerge && 'The arrows take parts of theirs into yours, and yours can be edited here.'}
        </Alert>
        {(error || replacing.error) && <ErrorBox error={error ?? replacing.error} />}
        <Suspense fallback={<Loading what="Comparing" />}>
          {theirs && (
            <TextDifference
              before={theirs.base.definition}
              after={mine}
              labels={['Theirs', 'Mine']}
              {...(canMerge ? { onChange: setMerged } : {})}
            />
          )}
        </Suspense>
      </SpaceBetween>
    </Modal>
  );
}
