import { DEFAULT_CONFIG } from '../../lambdas/refresher/config.ts';
import { environmentBytes, MAX_ENVIRONMENT_BYTES } from '../refresher-environment.ts';
import { describeFault } from './problems.ts';
import type { Settings } from './settings.ts';

/** Faults between settings that are each valid alone. Settings that are not valid are left out of `settings`. */
export function crossFaults(settings: Partial<Settings>): string[] {
  return [timeoutFault(settings), environmentFault(settings), exampleConsumerFault(settings)].filter(
    (fault) => fault !== undefined,
  );
}

/** Half of the function's time belongs to reading the credentials, publishing and committing. */
function timeoutFault({ functionTimeoutSeconds, zohoTimeoutSeconds }: Partial<Settings>): string | undefined {
  if (functionTimeoutSeconds === undefined || zohoTimeoutSeconds === undefined) return undefined;
  const longestSeconds = Math.floor(functionTimeoutSeconds / 2);
  if (zohoTimeoutSeconds <= longestSeconds) return undefined;
  return (
    `zohoTimeoutSeconds: ${zohoTimeoutSeconds} leaves too little of functionTimeoutSeconds (${functionTimeoutSeconds}) to publish the token. ` +
    `Allowed: half of it, so ${longestSeconds} at most, or a functionTimeoutSeconds of ${2 * zohoTimeoutSeconds} at least.`
  );
}

function environmentFault({ connections, secretPrefix }: Partial<Settings>): string | undefined {
  if (connections === undefined || secretPrefix === undefined) return undefined;
  const declared = Object.entries(connections);
  const bytesOfFirst = (count: number) =>
    environmentBytes({
      ...DEFAULT_CONFIG,
      secretPrefix,
      connections: Object.fromEntries(declared.slice(0, count)),
    });
  const bytes = bytesOfFirst(declared.length);
  if (bytes <= MAX_ENVIRONMENT_BYTES) return undefined;
  const fitting = declared.findIndex((_, index) => bytesOfFirst(index + 1) > MAX_ENVIRONMENT_BYTES);
  return (
    `connections: need ${bytes} bytes of the function's environment. ` +
    `Allowed: ${MAX_ENVIRONMENT_BYTES} bytes by Lambda, room for the first ${fitting} of ${declared.length}; declare fewer connections or scopes, and connect the others at run time.`
  );
}

function exampleConsumerFault({ connections, exampleConsumer }: Partial<Settings>): string | undefined {
  if (connections === undefined || exampleConsumer === undefined) return undefined;
  const declared = Object.keys(connections);
  if (declared.includes(exampleConsumer)) return undefined;
  const what = 'a declared connection';
  const allowed = declared.join(', ') || 'none, since no connection is declared';
  return `exampleConsumer: ${describeFault(exampleConsumer, { what, allowed, candidates: declared })}`;
}
