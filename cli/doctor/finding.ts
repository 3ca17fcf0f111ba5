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
