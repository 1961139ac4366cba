export function StartExecution(_props: {
  stateMachineArn: string;
  onClose(): void;
  onStarted(executionArn: string): void;
}) {
  return null;
}
