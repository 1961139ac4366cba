/** Finds what the Studio is to show: a state machine, a draft of one, or something new. */
import { call } from '../api/aws';
import { isMissing } from '../api/errors';
import { infoQuery, queries } from '../api/queries';
import type { Draft, DraftSummary } from '../api/types';
import { readable } from '../asl/format';
import { parse } from '../asl/parse';
import type { Language, QueryLanguage } from '../asl/types';
import { loadLanguage } from '../asl/yaml';
import { type Config, configOf, newConfig } from './config/config';
import { findDraft, lastDraftOf, listDrafts } from './drafts/drafts';
import { deployable } from './save/deployable';
import type { Base } from './store';

export interface Opened {
  text: string;
  language: Language;
  config: Config;
  savedText: string;
  savedConfig: Config;
  base: Base | null;
  draft: { id: string; revision: number; savedMillis: number };
  /** The text is a draft's. */
  isRestored: boolean;
  /** It is asked for a definition to import. */
  isImport?: boolean;
  /** Drafts of the same machine that are not shown. */
  others: DraftSummary[];
}

/** What a new workflow begins with. */
export const blank = (language: QueryLanguage): string =>
  `${JSON.stringify({ Comment: '', QueryLanguage: language, StartAt: '', States: {} }, null, 2)}\n`;

interface Begun {
  text: string;
  language: Language;
  config: Pick<Config, 'name' | 'type'>;
  /** The definition is still to be given. */
  isImport?: boolean;
}
/** What the next new workflow begins with, chosen while another was open. */
let next: Begun | null = null;
export function openNext(begun: Begun) {
  next = begun;
}

const newDraft = () => ({ id: crypto.randomUUID(), revision: 0, savedMillis: 0 });

export async function open(arn: string | undefined, draftId: string | undefined, copy?: string): Promise<Opened> {
  if (copy && !arn && !draftId) return copyOf(copy);
  if (!arn && !draftId) return fresh();
  if (!arn) {
    const draft = draftId ? await findDraft(draftId) : null;
    if (!draft) return { ...(await fresh()), draft: { ...newDraft(), id: draftId ?? crypto.randomUUID() } };
    return draft.stateMachineArn ? machine(draft.stateMachineArn, draft) : ofDraft(draft, null);
  }
  const id = draftId ?? lastDraftOf(arn);
  return machine(arn, id ? await findDraft(id).catch(() => null) : null);
}

async function fresh(): Promise<Opened> {
  const info = await queries.fetchQuery(infoQuery).catch(() => null);
  const begun = next;
  next = null;
  const config = { ...newConfig(undefined, info?.account), ...begun?.config };
  return {
    text: begun?.text ?? blank('JSONata'),
    language: begun?.language ?? 'json',
    config,
    savedText: blank('JSONata'),
    savedConfig: config,
    base: null,
    draft: newDraft(),
    isRestored: begun !== null,
    isImport: begun?.isImport ?? false,
    others: [],
  };
}

/** Something new that begins as another state machine is: its definition, its role and settings, but not its name. */
async function copyOf(arn: string): Promise<Opened> {
  const [opened, { base, config }] = await Promise.all([fresh(), describe(arn)]);
  return {
    ...opened,
    text: base.definition,
    config: { ...config, name: `${config.name.slice(0, 75)}-copy` },
    isRestored: true,
  };
}

interface Described {
  stateMachineArn: string;
  definition: string;
  revisionId?: string;
  name: string;
}

export async function describe(stateMachineArn: string): Promise<{ base: Base; config: Config }> {
  const [described, { tags }] = await Promise.all([
    call<Described>('stepfunctions', 'DescribeStateMachine', { stateMachineArn }),
    call<{ tags?: Config['tags'] }>('stepfunctions', 'ListTagsForResource', { resourceArn: stateMachineArn }).catch(
      () => ({ tags: [] }),
    ),
  ]);
  const { revisionId = null } = described;
  const definition = readable(described.definition);
  return { base: { stateMachineArn, revisionId, definition }, config: configOf(described, tags) };
}

async function machine(arn: string, draft: Draft | null): Promise<Opened> {
  if (draft) {
    // What somebody wrote outlives the state machine: saved, it is another.
    const deployed = await describe(arn).catch((error) => {
      if (isMissing(error)) return null;
      throw error;
    });
    return ofDraft(draft, deployed);
  }
  const [{ base, config }, drafts] = await Promise.all([describe(arn), listDrafts().catch(() => [])]);
  const others = drafts.filter(({ stateMachineArn }) => stateMachineArn === arn);
  return {
    text: base.definition,
    language: 'json',
    config,
    savedText: base.definition,
    savedConfig: config,
    base,
    draft: newDraft(),
    isRestored: false,
    others,
  };
}

/** A draft, and what is deployed under it. */
async function ofDraft(draft: Draft, deployed: { base: Base; config: Config } | null): Promise<Opened> {
  const { text, language, id, revision, savedMillis } = draft;
  await loadLanguage(language);
  const config: Config = { ...newConfig(draft.name), ...(draft.config as Partial<Config>) };
  const isDeployed =
    deployed !== null &&
    readable(deployable({ text, language, parsed: parse(text, language), config })) === deployed.base.definition;
  const { base } = deployed ?? { base: null };
  return {
    text,
    language,
    config,
    // A draft may be the source of what is deployed: YAML, or with substitutions.
    savedText: isDeployed ? text : (base?.definition ?? blank('JSONata')),
    savedConfig: deployed ? { ...deployed.config, substitutions: config.substitutions } : config,
    base: base && { ...base, revisionId: draft.baseRevisionId ?? base.revisionId },
    draft: { id, revision, savedMillis },
    isRestored: !isDeployed,
    others: [],
  };
}
