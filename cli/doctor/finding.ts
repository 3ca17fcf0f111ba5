import type { InfrastructureError } from '../../lambdas/core/failures.ts';
import { deniedAction, describeFailedRead } from '../aws/try-read.ts';

/** The result of a check. `unknown` is not a failure: something could not be read, or is not known yet. */
export type CheckResult = 'pass' | 'fail' | 'unknown';

/** The finding of a check. Its texts never contain secrets. */
export interface Finding {
  readonly result: CheckResult;
  /** What was found, in one line. */
  readonly found: string;
  /** What to do next; undefined when there is nothing to do. */
  readonly fix?: string;
  /** One line for each item, when several were found. */
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

/** The finding of a check that could not read what it checks. */
export function unavailable(what: string, error: InfrastructureError): Finding {
  return unknown(`${what} could not be read: ${describeFailedRead(error)}`, nextStep(error));
}

function nextStep(error: InfrastructureError): string {
  const action = deniedAction(error);
  if (action !== undefined) return `You have no permission for ${action}.`;
  return NOT_SIMULATED.has(error.call?.errorName ?? '')
    ? 'The sandbox does not simulate this service: run doctor in AWS to check it.'
    : 'Try again. AWS may be down, unreachable, or without this service here.';
}

/** The sandbox's answers for a service that it does not have, in the query protocol and in the others. */
const NOT_SIMULATED: ReadonlySet<string> = new Set(['NotImplemented', 'UnknownOperationException']);
