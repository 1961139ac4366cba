/** Drafts: on the server, and in this browser while the server is away. */
import { ApiError } from '../../api/errors';
import type { Draft, DraftSummary } from '../../api/types';
import { getUi, sendUi } from '../../api/ui';

const localKey = (id: string) => `stepwright.draft.${id}`;
const lastKey = (arn: string) => `stepwright.draftOf.${arn}`;

const path = (id: string) => `drafts/${encodeURIComponent(id)}`;

/** Without sign-in nobody has a name. */
export const authorOf = ({ user }: Pick<Draft, 'user'>): string | null =>
  user === '' || user === 'anonymous' ? null : user;

/** Newest first, without their texts. */
export const listDrafts = () => getUi<DraftSummary[]>('drafts');

/** null: the server has none of this id. The list is asked first, for browsers log an answer of 404 as an error. */
export async function draftOnServer(id: string): Promise<Draft | null> {
  const isThere = (await listDrafts()).some((draft) => draft.id === id);
  return isThere ? getUi<Draft>(path(id)) : null;
}

function draftInBrowser(id: string): Draft | null {
  const kept = localStorage.getItem(localKey(id));
  if (kept === null) return null;
  try {
    const draft: Draft = JSON.parse(kept);
    return typeof draft.text === 'string' ? draft : null;
  } catch {
    return null;
  }
}

/** The newer of what the server and this browser have. */
export async function findDraft(id: string): Promise<Draft | null> {
  const local = draftInBrowser(id);
  const remote = await draftOnServer(id).catch((error) => {
    if (local) return null;
    throw error;
  });
  if (!local || !remote) return local ?? remote;
  // What this browser kept builds on the revision that it saw: the keeper finds out whether that is still the last one.
  return local.savedMillis > remote.savedMillis ? local : remote;
}

/** false: the browser has no room for it. */
export function keepInBrowser(draft: Draft): boolean {
  try {
    localStorage.setItem(localKey(draft.id), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export const forgetInBrowser = (id: string) => localStorage.removeItem(localKey(id));

export const putDraft = (draft: Draft): Promise<Draft> => sendUi<Draft>('PUT', path(draft.id), draft);

export async function deleteDraft(id: string): Promise<void> {
  forgetInBrowser(id);
  await sendUi('DELETE', path(id)).catch((error) => {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  });
}

/** The draft of a machine that this browser was at last: a crash must not lose it. */
export const lastDraftOf = (arn: string) => localStorage.getItem(lastKey(arn));
export function rememberDraftOf(arn: string, id: string | null) {
  if (id === null) localStorage.removeItem(lastKey(arn));
  else localStorage.setItem(lastKey(arn), id);
}
