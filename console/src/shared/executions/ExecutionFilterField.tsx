import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import Select from '@cloudscape-design/components/select';
import { usePreferences } from '../preferences';
import { statusWords } from '../StatusBadge';
import { timeText } from '../time';
import styles from './executions.module.css';
import { type ExecutionFilter, filterOfQuery, queryOf, statuses } from './filter';

interface ExecutionFilterFieldProps {
  filter: ExecutionFilter;
  onChange(filter: ExecutionFilter): void;
  /** The list is of several state machines. */
  hasStateMachine: boolean;
}

const spans = [
  { value: '', label: 'Any time' },
  { value: String(15 * 60_000), label: 'Last 15 minutes' },
  { value: String(3_600_000), label: 'Last hour' },
  { value: String(86_400_000), label: 'Last 24 hours' },
  { value: String(7 * 86_400_000), label: 'Last 7 days' },
];

export function ExecutionFilterField({ filter, onChange, hasStateMachine }: ExecutionFilterFieldProps) {
  const { times } = usePreferences();
  const words = (value: unknown) =>
    (Array.isArray(value) ? value : [value])
      .map((one) => statusWords[one as keyof typeof statusWords] ?? one)
      .join(', ');
  const timeForm = ({ value, onChange }: PropertyFilterProps.ExtendedOperatorFormProps<string>) => (
    <TimeInput value={value} onChange={onChange} />
  );
  const time = (value: unknown) => timeText(Date.parse(String(value)), times);
  const properties: PropertyFilterProps.FilteringProperty[] = [
    {
      key: 'status',
      propertyLabel: 'Status',
      groupValuesLabel: 'Statuses',
      operators: [{ operator: '=', tokenType: 'enum', format: words }],
    },
    { key: 'name', propertyLabel: 'Name', groupValuesLabel: 'Names', operators: [':'], defaultOperator: ':' },
    { key: 'error', propertyLabel: 'Error', groupValuesLabel: 'Errors', operators: [':'], defaultOperator: ':' },
    {
      key: 'started',
      propertyLabel: 'Started',
      groupValuesLabel: 'Times',
      defaultOperator: '>=',
      operators: [
        { operator: '>=', form: timeForm, format: time },
        { operator: '<=', form: timeForm, format: time },
      ],
    },
  ];
  if (hasStateMachine) {
    properties.push({
      key: 'stateMachineArn',
      propertyLabel: 'State machine ARN',
      groupValuesLabel: 'State machines',
      operators: ['='],
    });
  }
  return (
    <div className={styles.filter}>
      <div className={styles.filterField}>
        <PropertyFilter
          query={queryOf(filter)}
          onChange={({ detail }) => onChange(filterOfQuery(detail))}
          filteringProperties={properties}
          filteringOptions={statuses.map((status) => ({
            propertyKey: 'status',
            value: status,
            label: statusWords[status],
          }))}
          hideOperations
          filteringPlaceholder="Find by name, status, error or start"
          filteringAriaLabel="Find executions"
          freeTextFiltering={{ operators: [':'], defaultOperator: ':' }}
        />
      </div>
      <Select
        selectedOption={
          filter.fromMillis === undefined && filter.toMillis === undefined
            ? (spans[0] ?? null)
            : { value: 'other', label: 'Between times' }
        }
        options={spans}
        ariaLabel="Started"
        onChange={({ detail }) => {
          const span = Number(detail.selectedOption.value);
          onChange({ ...filter, fromMillis: span ? Date.now() - span : undefined, toMillis: undefined });
        }}
      />
    </div>
  );
}

/** Local time, as the browser's own field has it; the filter keeps it in UTC. */
function TimeInput({ value, onChange }: { value: string | null; onChange(value: string | null): void }) {
  const millis = Date.parse(value ?? '');
  const local = Number.isNaN(millis)
    ? ''
    : new Date(millis - new Date(millis).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  return (
    <label className={styles.time}>
      Local time
      <input
        type="datetime-local"
        value={local}
        onChange={(event) => {
          const chosen = Date.parse(event.target.value);
          onChange(Number.isNaN(chosen) ? null : new Date(chosen).toISOString());
        }}
      />
    </label>
  );
}
