import Button from '@cloudscape-design/components/button';
import Input from '@cloudscape-design/components/input';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { FoundEvent, Page } from '../../../api/types';
import { getUi } from '../../../api/ui';
import { chainOf, visitOf } from '../../../history/frames';
import type { ExecutionView, Visit } from '../../../history/types';
import { ErrorBox } from '../../../shared/Feedback';
import { useModel } from '../model';
import styles from './panel.module.css';

/** Finds the items whose data holds a text: what goes in, what comes out, errors. */
export function ItemSearch({ visit, onFound }: { visit: Visit; onFound: (items: ReadonlySet<number> | null) => void }) {
  const { arn, live } = useModel();
  const [text, setText] = useState('');
  // A search that nobody waits for any more must not find anything.
  const asking = useRef<AbortController>(null);
  useEffect(() => () => asking.current?.abort(), []);
  const search = useMutation({
    mutationFn: async (text: string) => {
      asking.current?.abort();
      asking.current = new AbortController();
      const { signal } = asking.current;
      const items = new Set<number>();
      let cursor: string | undefined;
      do {
        const page: Page<FoundEvent> = await getUi('executions/search', { arn, text, cursor }, signal);
        for (const { id } of page.items) {
          const index = itemOf(live, id, visit);
          if (index !== null) items.add(index);
        }
        cursor = page.next;
        onFound(new Set(items));
      } while (cursor);
      return items.size;
    },
  });
  const clear = () => {
    asking.current?.abort();
    setText('');
    search.reset();
    onFound(null);
  };
  return (
    <>
      <form
        className={styles.search}
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) search.mutate(text.trim());
          else clear();
        }}
      >
        <div>
          <Input
            type="search"
            value={text}
            placeholder="Search in the data of items"
            ariaLabel="Search in the data of items"
            onChange={({ detail }) => {
              setText(detail.value);
              if (detail.value === '') clear();
            }}
          />
        </div>
        <Button formAction="submit" loading={search.isPending}>
          Search
        </Button>
      </form>
      {search.isSuccess && (
        <div className={styles.small} role="status">
          {search.data === 0 ? 'No item holds it.' : `${search.data.toLocaleString('en')} of the items hold it.`}
        </div>
      )}
      {search.error && <ErrorBox error={search.error} />}
    </>
  );
}

/** The item of this Map that an event happened in. */
function itemOf(view: ExecutionView, event: number, map: Visit): number | null {
  const visit = visitOf(view, event);
  const frame = visit && chainOf(view, visit.frame).find(({ parent }) => parent === map.id);
  return frame?.index ?? null;
}
