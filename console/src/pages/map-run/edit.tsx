import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { call } from '../../api/aws';
import { refresh } from '../../api/queries';
import { flash } from '../../app/flashes';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import type { MapRun } from './map-run';

/** The limits of a Map Run may change while it runs. */
export function EditMapRun({ run, onClose }: { run: MapRun; onClose: () => void }) {
  const [concurrency, setConcurrency] = useState(String(run.maxConcurrency));
  const [count, setCount] = useState(String(run.toleratedFailureCount));
  const [percentage, setPercentage] = useState(String(run.toleratedFailurePercentage));
  const problems = {
    concurrency: wholeProblem(concurrency),
    count: wholeProblem(count),
    percentage: percentageProblem(percentage),
  };
  const input = {
    mapRunArn: run.mapRunArn,
    maxConcurrency: Number(concurrency),
    toleratedFailureCount: Number(count),
    toleratedFailurePercentage: Number(percentage),
  };
  return (
    <ConfirmDialog
      title="Edit Map Run"
      confirm="Save"
      isDisabled={Object.values(problems).some((problem) => problem !== null)}
      command={cli('stepfunctions', 'UpdateMapRun', input)}
      onClose={onClose}
      onConfirm={async () => {
        await call('stepfunctions', 'UpdateMapRun', input);
        flash({ type: 'success', content: 'The Map Run was changed.' });
        refresh('stepfunctions');
      }}
    >
      <SpaceBetween size="m">
        <Box>It holds for this Map Run alone, from now on.</Box>
        <FormField
          label="Concurrency limit"
          description="Children at a time; 0: no limit."
          errorText={problems.concurrency}
        >
          <Input inputMode="numeric" value={concurrency} onChange={({ detail }) => setConcurrency(detail.value)} />
        </FormField>
        <FormField label="Tolerated failures" description="Items that may fail." errorText={problems.count}>
          <Input inputMode="numeric" value={count} onChange={({ detail }) => setCount(detail.value)} />
        </FormField>
        <FormField label="Tolerated failures in percent" errorText={problems.percentage}>
          <Input inputMode="decimal" value={percentage} onChange={({ detail }) => setPercentage(detail.value)} />
        </FormField>
      </SpaceBetween>
    </ConfirmDialog>
  );
}

function wholeProblem(text: string): string | null {
  return /^\d+$/.test(text) ? null : 'Give a whole number from 0 on.';
}

function percentageProblem(text: string): string | null {
  const value = Number(text);
  return text.trim() !== '' && value >= 0 && value <= 100 ? null : 'Give a number from 0 to 100.';
}
