import { z } from 'zod';

/** One thing wrong with an input: where (field names and indexes) and what, with the fix. */
export type InputIssue = { path: string[]; message: string };

/** The input breaks a rule or a limit; nothing was written. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
  readonly issues: InputIssue[];

  constructor(issues: InputIssue[]) {
    super(issues.map((issue) => [...issue.path, issue.message].join(': ')).join('; '));
    this.issues = issues;
  }
}

/** What was named does not exist, or not for this key. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** The input is fine, but not with what is stored now. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** A refusal that a caller can cause and act on. */
export type Refusal = InvalidInputError | NotFoundError | ConflictError;

/** Whether something thrown is one of the three refusals, and no fault. */
export function isRefusal(thrown: unknown): thrown is Refusal {
  return (
    thrown instanceof InvalidInputError ||
    thrown instanceof NotFoundError ||
    thrown instanceof ConflictError
  );
}

/** Checks an input once; throws an InvalidInputError with every issue found. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(issuesOf(parsed.error));
}

/** What a schema found wrong; empty when it found nothing. */
export function issuesOf(error: z.ZodError | undefined): InputIssue[] {
  const issues = error?.issues ?? [];
  return issues.map(({ path, message }) => ({ path: path.map(String), message }));
}

/** Text that PostgreSQL can hold: no NUL, no half of a surrogate pair, between the two lengths. */
export function text(maxLength: number, minLength = 1) {
  return z
    .string()
    .refine((value) => value.length >= minLength, {
      error: minLength === 1 ? 'must not be empty' : `must have ${minLength} characters or more`,
      abort: true,
    })
    .refine((value) => value.length <= maxLength, {
      error: ({ input }) =>
        `has ${String(input).length} characters, ${maxLength} at most are allowed`,
      abort: true,
    })
    .refine((value) => !value.includes('\u0000') && value.isWellFormed(), {
      error: 'holds a NUL character or half a surrogate pair, which cannot be stored',
    });
}

/** A public code: affid, campaign code, offer code, event type. */
export const code = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ -');
