import Box from '@cloudscape-design/components/box';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { explain } from '../../api/errors';
import { sendUi } from '../../api/ui';
import { Time } from '../../shared/Time';

/** When an expression would be due, while it is being written. */
export function NextTimes({
  expression,
  timezone,
  isRule = false,
}: {
  expression: string;
  timezone: string;
  isRule?: boolean;
}) {
  const asked = useDeferredValue(JSON.stringify({ expression, timezone, isRule }));
  const { data, error } = useQuery({
    queryKey: ['ui', 'schedules/preview', asked],
    queryFn: () => sendUi<{ nextMillis: number[] }>('POST', 'schedules/preview', JSON.parse(asked)),
    placeholderData: (before) => before,
    retry: false,
  });
  if (error) {
    return (
      <Box color="text-status-error" variant="small">
        <span role="alert">{explain(error).message}</span>
      </Box>
    );
  }
  return (
    <Box variant="small" color="text-body-secondary">
      Next times:{' '}
      {data?.nextMillis.length === 0
        ? 'none any more'
        : data?.nextMillis.slice(0, 4).map((millis, index) => (
            <span key={millis}>
              {index > 0 && ' · '}
              <Time millis={millis} />
            </span>
          ))}
    </Box>
  );
}
