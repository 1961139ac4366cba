import Button from '@cloudscape-design/components/button';
import { Suspense, useState } from 'react';
import { useStore } from 'zustand';
import { loadLanguage } from '../../asl/yaml';
import { Loading } from '../../shared/Feedback';
import { lazily } from '../../shared/lazily';
import Modal from '../../shared/Modal';
import { usePreferences } from '../../shared/preferences';
import { timeText } from '../../shared/time';
import type { Config } from '../config/config';
import { useDocument, useStudio } from '../context';
import { replaceText } from '../transfer/read';
import { authorOf } from './drafts';

const TextDifference = lazily(() => import('../save/merge-view'));

/** The same draft was changed somewhere else: both are shown, and one of them is chosen. */
export function DraftConflict() {
  const { store, keeper } = useStudio();
  const { state, other } = useStore(keeper.store);
  const text = useDocument((document) => document.text);
  const { times } = usePreferences();
  const [isOpen, setOpen] = useState(false);
  if (state !== 'conflict') return null;
  const close = () => setOpen(false);
  const takeTheirs = async () => {
    if (!other) return;
    await loadLanguage(other.language);
    replaceText(store, other.text, other.language);
    store.getState().setConfig(other.config as Partial<Config>);
    keeper.accept(other);
    close();
  };
  const keepMine = () => {
    close();
    void keeper.insist();
  };
  return (
    <div className="studio-stale" role="alert">
      <span>
        <b>{other ? 'This draft was changed elsewhere.' : 'This draft was deleted elsewhere.'}</b> What you type is kept
        in this browser until you choose.
      </span>
      <button type="button" onClick={() => (other ? setOpen(true) : keepMine())}>
        {other ? 'Compare and choose' : 'Keep it as a new draft'}
      </button>
      {isOpen && other && (
        <Modal
          visible
          size="max"
          header={`Draft of ${authorOf(other) ?? 'somebody else'}, ${timeText(other.savedMillis, times)}`}
          onDismiss={close}
          footer={
            <div className="studio-buttons">
              <Button onClick={takeTheirs}>Take theirs</Button>
              <Button variant="primary" onClick={keepMine}>
                Keep mine
              </Button>
            </div>
          }
        >
          <Suspense fallback={<Loading what="Comparing" />}>
            <TextDifference before={other.text} after={text} labels={['Theirs', 'Mine']} />
          </Suspense>
        </Modal>
      )}
    </div>
  );
}
