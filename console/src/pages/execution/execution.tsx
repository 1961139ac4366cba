import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Workflow } from '../../asl/types';
import type { CompactEvent } from '../../history/types';
import { FailureBanner } from './failure';
import { ExecutionHeader } from './header';
import { type Description, ModelContext } from './model';
import { useExecutionModel } from './use-model';
import { Workspace } from './workspace';

export interface LoadedExecution {
  arn: string;
  description: Description;
  definition: string;
  workflow: Workflow | null;
  events: readonly CompactEvent[];
  isPaused: boolean;
}

export function Execution(loaded: LoadedExecution) {
  const model = useExecutionModel(loaded);
  return (
    <ModelContext value={model}>
      <SpaceBetween size="s">
        <ExecutionHeader />
        <FailureBanner />
        <Workspace />
      </SpaceBetween>
    </ModelContext>
  );
}
