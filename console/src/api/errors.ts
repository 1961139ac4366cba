/** What a request failed with: AWS's name of the error, its sentence, the HTTP status. */
export class ApiError extends Error {
  override readonly name: string;
  /** 0: no answer came. */
  readonly status: number;
  /** The body as it came, if it was JSON: a conflict carries what it conflicts with. */
  readonly body: unknown;

  constructor(name: string, message: string, status: number, body?: unknown) {
    super(message);
    this.name = name;
    this.status = status;
    this.body = body;
  }
}

export const serverAway = 'ServerDoesNotAnswer';

/** What was asked for is not there, or not any more. A server that is away, or a session that is over, says nothing of that. */
export const isMissing = (error: unknown) => error instanceof ApiError && /DoesNotExist|NotFound/.test(error.name);

/** Whatever was thrown, as people can read it. */
export function explain(error: unknown): { name: string; message: string } {
  if (error instanceof ApiError) return { name: error.name, message: error.message };
  return { name: 'Error', message: error instanceof Error ? error.message : String(error) };
}
