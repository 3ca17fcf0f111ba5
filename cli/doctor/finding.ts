import type { InfrastructureError } from '../../lambdas/core/failures.ts';
import { deniedAction, missingOf } from '../aws/try-read.ts';

/** What a check has come to. `unknown`: it could not be seen, or nobody can tell yet; that fails nothing. */
export type CheckResult = 'pass' | 'fail' | 'unknown';

/** What a check found, in words that may be shown: never holds secret material. */
export interface Finding {
  readonly result: CheckResult;
  /** One line. */
  readonly found: string;
  /** What to do about it; undefined when there is nothing to do. */
  readonly fix?: string;
  /** One line for each thing that was found, where there are several. */
  readonly details?: readonly string[];
}

export function pass(found: string, details: readonly string[] = []): Finding {
  return { result: 'pass', found, ...(details.length === 0 ? {} : { details }) };
}

export function fail(found: string, fix: string, details: readonly string[] = []): Finding {
  return { result: 'fail', found, fix, ...(details.length === 0 ? {} : { details }) };
}

export function unknown(found: string, fix?: string, details: readonly string[] = []): Finding {
  return {
    result: 'unknown',
    found,
    ...(fix === undefined ? {} : { fix }),
    ...(details.length === 0 ? {} : { details }),
  };
}

/** The finding of a check that could not see what it looks at. */
export function unseen(what: string, error: InfrastructureError): Finding {
  const action = deniedAction(error);
  return unknown(
    `${what} could not be seen: ${missingOf(error)}`,
    action === undefined
      ? 'Try again; AWS may be down, out of reach, or without this service here.'
      : `You have no permission for ${action}.`,
  );
}
