/** What the log of one invocation and its answer say. Pure. */

/** `Duration`, `Billed Duration`, `Memory Size`, `Max Memory Used`, `Init Duration` of the REPORT line, in its order. */
export function reportOf(log: string): [name: string, value: string][] {
  const line = log.split('\n').find((one) => one.startsWith('REPORT ')) ?? '';
  return line
    .split('\t')
    .slice(1)
    .flatMap((part) => {
      const [, name, value] = /^\s*([^:]+): (.+?)\s*$/.exec(part) ?? [];
      return name && value ? [[name, value] as [string, string]] : [];
    });
}

/** What a function failed with, as every runtime writes it. */
export function failureOf(payload: string): { type?: string; message?: string; stack: string[] } {
  try {
    const { errorType, errorMessage, stackTrace, trace } = JSON.parse(payload);
    const stack: unknown = stackTrace ?? trace;
    return { type: errorType, message: errorMessage, stack: Array.isArray(stack) ? stack.map(String) : [] };
  } catch {
    return { message: payload, stack: [] };
  }
}

/** Lambda's own lines are quiet, those of trouble are not. */
export function kindOfLine(message: string): 'own' | 'error' | 'warning' | 'plain' {
  if (/^(START|END|REPORT|INIT_START) /.test(message)) return 'own';
  if (/\b(ERROR|CRITICAL|FATAL|Traceback|Task timed out)\b|^\[ERROR\]/.test(message)) return 'error';
  return /\bWARN(ING)?\b/.test(message) ? 'warning' : 'plain';
}
