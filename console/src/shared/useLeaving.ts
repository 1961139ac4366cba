import { useState } from 'react';

/** While something is being deleted, and when it is, its page must not ask about it any more: whether, and what deletes it. */
export function useLeaving(): [isLeaving: boolean, leaveBy: (remove: () => Promise<unknown>) => Promise<void>] {
  const [isLeaving, setLeaving] = useState(false);
  const leaveBy = async (remove: () => Promise<unknown>) => {
    setLeaving(true);
    try {
      await remove();
    } catch (error) {
      setLeaving(false);
      throw error;
    }
  };
  return [isLeaving, leaveBy];
}
