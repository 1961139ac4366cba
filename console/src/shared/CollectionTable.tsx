import { useCollection } from '@cloudscape-design/collection-hooks';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import type { ReactNode } from 'react';
import { EmptyState, ErrorBox } from './Feedback';
import { useParameter } from './parameters';
import styles from './shared.module.css';

export interface CollectionTableProps<T> {
  title: string;
  /** h1 on a page of its own. */
  level?: 'h1' | 'h2';
  description?: ReactNode;
  items: readonly T[] | undefined;
  error?: unknown;
  onReload(): void;
  keyOf(item: T): string;
  columns: TableProps.ColumnDefinition<T>[];
  /** What the filter looks into. */
  textOf(item: T): string;
  filterPlaceholder: string;
  /** Beside the text filter. */
  filters?: ReactNode;
  empty: { title: string; text?: ReactNode; action?: ReactNode };
  actions?: ReactNode;
  /** The column that it is sorted by at first. */
  sortedBy?: string;
  isDescending?: boolean;
  pageSize?: number;
  /** The last column has what is done with a row: it stays in sight. */
  hasActions?: boolean;
  /** The search parameter that keeps the filter. */
  parameter?: string;
}

/** The longest name leaves room for the other columns; where there is room it is shown whole. */
const capped = <T,>(column: TableProps.ColumnDefinition<T>): TableProps.ColumnDefinition<T> =>
  column.isRowHeader ? { maxWidth: 380, ...column } : column;

/** A list that is short enough to be here as a whole: filtered, sorted and paged by the browser. The filter stands in the URL. */
export function CollectionTable<T>(props: CollectionTableProps<T>) {
  const { title, level = 'h1', items, error, onReload, keyOf, columns, textOf, empty, pageSize = 25 } = props;
  const [text, setText] = useParameter(props.parameter ?? 'filter');
  const shown = (items ?? []).filter((item) => textOf(item).toLowerCase().includes(text.toLowerCase()));
  const sortingColumn = columns.find((column) => column.id === props.sortedBy);
  const collection = useCollection(shown, {
    pagination: { pageSize },
    sorting: sortingColumn ? { defaultState: { sortingColumn, isDescending: props.isDescending } } : {},
  });
  const isFiltered = text !== '' && items !== undefined;
  return (
    <SpaceBetween size="s">
      {Boolean(error) && <ErrorBox error={error} onRetry={onReload} />}
      <Table
        {...collection.collectionProps}
        variant={level === 'h1' ? 'full-page' : 'container'}
        stickyHeader={level === 'h1'}
        trackBy={keyOf}
        items={collection.items}
        columnDefinitions={columns.map(capped)}
        loading={items === undefined && !error}
        loadingText="Loading"
        stickyColumns={{ last: props.hasActions ? 1 : 0 }}
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: title }}
        header={
          <Header
            variant={level}
            counter={items && `(${isFiltered ? `${shown.length}/` : ''}${items.length})`}
            description={props.description}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button iconName="refresh" ariaLabel="Reload" onClick={onReload} />
                {props.actions}
              </SpaceBetween>
            }
          >
            {title}
          </Header>
        }
        filter={
          <div className={styles.filters}>
            <TextFilter
              filteringText={text}
              filteringPlaceholder={props.filterPlaceholder}
              filteringAriaLabel={props.filterPlaceholder}
              countText={isFiltered ? `${shown.length} ${shown.length === 1 ? 'match' : 'matches'}` : ''}
              onChange={({ detail }) => setText(detail.filteringText)}
            />
            {props.filters}
          </div>
        }
        pagination={
          shown.length > pageSize && (
            <Pagination
              {...collection.paginationProps}
              ariaLabels={{ nextPageLabel: 'Next page', previousPageLabel: 'Previous page' }}
            />
          )
        }
        empty={
          text ? (
            <EmptyState title="No matches" action={<Button onClick={() => setText('')}>Clear filter</Button>} />
          ) : (
            <EmptyState title={empty.title} action={empty.action}>
              {empty.text}
            </EmptyState>
          )
        }
      />
    </SpaceBetween>
  );
}
