import { Link } from '../../../app/Link';
import { links } from '../../../app/links';
import type { StatePath } from '../../../asl/types';
import { JsonView } from '../../../shared/JsonView';
import { useModel } from '../model';
import styles from './panel.module.css';

export function DefinitionTab({ path }: { path: StatePath }) {
  const { workflow, description, arn } = useModel();
  const state = workflow?.states.get(path);
  if (!state) return null;
  return (
    <>
      <JsonView value={state.value} label={`${state.name} definition`} maxHeight={560} />
      {!description.mapRunArn && (
        <div className={styles.note}>
          <Link href={links.studio(description.stateMachineArn, { run: arn, state: path })}>Edit it in the Studio</Link>
        </div>
      )}
    </>
  );
}
