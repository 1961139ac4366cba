import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { useStudio } from '../context';
import { blank, describe } from '../open';
import type { DialogProps } from '.';

/** Back to what is deployed. It can be undone as long as the Studio is open. */
export default function Discard({ onClose }: DialogProps) {
  const { store, keeper } = useStudio();
  const discard = async () => {
    const { base, language, text, change, load } = store.getState();
    if (base) {
      const { base: now, config } = await describe(base.stateMachineArn);
      if (language === 'json') change({ edits: [{ from: 0, to: text.length, insert: now.definition }] }, 'load');
      else load(now.definition, 'json');
      store.setState({ base: now, config, savedConfig: config, savedText: now.definition });
    } else change({ edits: [{ from: 0, to: text.length, insert: blank('JSONata') }] }, 'load');
    await keeper.forget();
  };
  return (
    <ConfirmDialog title="Discard changes?" confirm="Discard" onConfirm={discard} onClose={onClose}>
      The draft is deleted and the definition is again as it was saved last. Undo brings it back while the Studio is
      open.
    </ConfirmDialog>
  );
}
