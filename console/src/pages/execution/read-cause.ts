interface Thrown {
  message: string;
  trace: string[];
  /** Of an execution that was started and failed. */
  executionArn?: string;
}

/** Where jobs, functions and executions say what went wrong, in the JSON that is their cause. */
const messages = ['errorMessage', 'message', 'Cause', 'ErrorMessage', 'StatusReason', 'StoppedReason'];

/** What is said beside it, its error, is not said again. */
export function readCause(cause: string, error?: string): Thrown | null {
  try {
    const value = JSON.parse(cause);
    const said = messages.map((name) => value[name]).find((one) => typeof one === 'string' && one !== '');
    const type = value.errorType ?? value.Error;
    const message = [type === error ? undefined : type, said].filter((one) => typeof one === 'string').join(': ');
    if (!message) return null;
    const { stackTrace = value.trace, ExecutionArn: executionArn } = value;
    const trace = Array.isArray(stackTrace) ? stackTrace.map((line) => String(line).trimEnd()) : [];
    return { message, trace, executionArn: typeof executionArn === 'string' ? executionArn : undefined };
  } catch {
    return null;
  }
}
