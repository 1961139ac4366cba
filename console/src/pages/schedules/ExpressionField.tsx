import Autosuggest from '@cloudscape-design/components/autosuggest';
import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { explain } from '../../api/errors';
import { useSettled } from '../../shared/useSettled';
import { previewQuery } from './api';
import { inWords } from './expression';
import { localZone, timeIn } from './timeIn';

const examples = [
  { value: 'cron(0 7 ? * MON-FRI *)', label: 'Mon–Fri at 07:00', ofRules: true },
  { value: 'cron(30 3 * * ? *)', label: 'Every day at 03:30', ofRules: true },
  { value: 'cron(0 12 L * ? *)', label: 'The last day of the month at 12:00', ofRules: true },
  { value: 'rate(15 minutes)', label: 'Every 15 minutes', ofRules: true },
  { value: 'rate(1 hour)', label: 'Every hour', ofRules: true },
  {
    value: `at(${new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}T07:00:00)`,
    label: 'Once, tomorrow at 07:00',
    ofRules: false,
  },
];

/** An expression, and beside it (below `zoneField`) when it would be due, while it is written. */
export function ExpressionField(props: {
  expression: string;
  timezone: string;
  isRule?: boolean;
  zoneField?: ReactNode;
  onChange(expression: string): void;
}) {
  const { expression, timezone, isRule = false, zoneField, onChange } = props;
  const isWhole = /^(cron|rate|at)\(.+\)$/.test(expression.trim());
  const { data, error } = useQuery({
    ...previewQuery(useSettled(expression), useSettled(timezone), isRule),
    enabled: isWhole,
    placeholderData: (before) => before,
  });
  const problem = isWhole ? error && explain(error).message : 'Enter an expression of one of these forms';
  return (
    <ColumnLayout columns={2}>
      <FormField
        label="Schedule expression"
        description={isRule ? 'Its times are in UTC.' : undefined}
        constraintText={`cron(minutes hours day month weekday year)${isRule ? ' or' : ','} rate(number unit)${isRule ? '' : ' or at(yyyy-mm-ddThh:mm:ss)'}`}
        errorText={problem}
        stretch
      >
        <Autosuggest
          value={expression}
          options={examples
            .filter(({ ofRules }) => ofRules || !isRule)
            .map(({ value, label }) => ({ value, description: label }))}
          filteringType="manual"
          enteredTextLabel={(value) => `Use ${value}`}
          onChange={({ detail }) => onChange(detail.value)}
        />
      </FormField>
      <div>
        {zoneField}
        {!problem && data && (
          <Box padding={{ top: 'xs' }} fontSize="body-s" data-testid="next-times">
            <b>{inWords(expression) ?? 'Next times'}</b>
            {data.nextMillis.length === 0 && <div>It would not be due any more.</div>}
            {data.nextMillis.slice(0, 5).map((millis) => (
              <div key={millis}>
                {timeIn(millis, localZone())}
                {timezone !== localZone() && ` · ${timeIn(millis, timezone)} ${timezone}`}
              </div>
            ))}
          </Box>
        )}
      </div>
    </ColumnLayout>
  );
}
