/** Brings the document to the server. */
import { call } from '../../api/aws';
import { refresh } from '../../api/queries';
import { type Config, configInput } from '../config/config';
import type { Studio } from '../context';
import { describe } from '../open';
import type { Base } from '../store';
import { deployable } from './deployable';

export interface Version {
  publish: boolean;
  description: string;
}

interface Request {
  operation: 'CreateStateMachine' | 'UpdateStateMachine';
  input: Record<string, unknown>;
}

/** What is sent, for "copy as CLI" too. */
export function requestOf(studio: Studio, version: Version, definition?: string): Request {
  const state = studio.store.getState();
  const { config, base } = state;
  const text = definition ?? deployable(state);
  const shared = {
    // As it is deployed it stays to the byte, also where it was formatted to be read.
    definition: text === base?.definition ? undefined : text,
    ...configInput(config),
    publish: version.publish || undefined,
    versionDescription: (version.publish && version.description) || undefined,
  };
  return base
    ? { operation: 'UpdateStateMachine', input: { stateMachineArn: base.stateMachineArn, ...shared } }
    : {
        operation: 'CreateStateMachine',
        input: { name: config.name, type: config.type, tags: config.tags, ...shared },
      };
}

/** Somebody else deployed something since: null, or what is there now. */
export async function findConflict({ store }: Studio): Promise<{ base: Base; config: Config } | null> {
  const { base } = store.getState();
  if (!base) return null;
  const now = await describe(base.stateMachineArn);
  return now.base.revisionId === base.revisionId ? null : now;
}

export class SaveConflict extends Error {
  override name = 'Conflict';
}

/** `over`: the revision that was looked at and is replaced knowingly. Answers the ARN. */
export async function save(studio: Studio, version: Version, over?: string | null): Promise<string> {
  const { store, keeper, ui } = studio;
  const conflict = await findConflict(studio);
  if (conflict && conflict.base.revisionId !== over)
    throw new SaveConflict('Somebody saved this state machine in the meantime.');
  const definition = deployable(store.getState());
  const { operation, input } = requestOf(studio, version, definition);
  const before = store.getState();
  const answer = await call<{ stateMachineArn?: string; revisionId?: string }>('stepfunctions', operation, input);
  const stateMachineArn = answer.stateMachineArn ?? before.base?.stateMachineArn ?? '';
  if (before.base) await saveTags(stateMachineArn, before.savedConfig.tags, before.config.tags);
  // Not what is there by now: somebody else may have been as quick.
  const revisionId = answer.revisionId ?? (await describe(stateMachineArn)).base.revisionId;
  store.getState().markSaved({ stateMachineArn, revisionId, definition });
  // A draft that is more than what is deployed stays: YAML with its comments, names of substitutions.
  if (before.text === definition) await keeper.forget();
  else await keeper.flush();
  await ui.getState().watched?.write();
  void refresh('stepfunctions');
  return stateMachineArn;
}

async function saveTags(resourceArn: string, before: Config['tags'], after: Config['tags']) {
  const kept = new Map(after.filter(({ key }) => key !== '').map(({ key, value }) => [key, value]));
  const tagKeys = before.map(({ key }) => key).filter((key) => !kept.has(key));
  const tags = [...kept].flatMap(([key, value]) =>
    before.some((tag) => tag.key === key && tag.value === value) ? [] : [{ key, value }],
  );
  if (tagKeys.length > 0) await call('stepfunctions', 'UntagResource', { resourceArn, tagKeys });
  if (tags.length > 0) await call('stepfunctions', 'TagResource', { resourceArn, tags });
}
