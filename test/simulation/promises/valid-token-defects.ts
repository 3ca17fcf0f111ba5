import { type Defect, defect, edit, FILES } from './defect.ts';

/** Defects that must break I4, or another promise that they name. */
export const VALID_TOKEN_DEFECTS: readonly Defect[] = [
  defect(
    'a lease that never expires',
    ['I4', 'I5', 'I6'],
    edit(FILES.connectionWrites, ' OR leaseUntil <= :now)', ')'),
    edit(FILES.lease, ' && connection.lease.untilMs > nowMs', ''),
  ),
  defect(
    'a connection is not due when the lease of its dead holder ends',
    ['I4', 'I5', 'I6'],
    edit(FILES.lease, '    nextAttemptAtMs: untilMs,\n', '    nextAttemptAtMs: untilMs + 3_600_000,\n'),
  ),
  defect(
    'the token is stored, but AWSCURRENT stays on the older one',
    ['I4'],
    edit(FILES.tokenSecrets, '    return this.#moveFromFoundVersion();\n', '    return this.#published();\n'),
    edit(
      FILES.tokenSecrets,
      'if (fromVersionId !== undefined && (await this.#moveCurrent(fromVersionId)))',
      'if (fromVersionId === undefined)',
    ),
  ),
  defect(
    'a higher generation in the secret is never overtaken',
    ['I4'],
    edit(
      FILES.refreshTransitions,
      'Math.max(leased.generation, attempt.generationFound ?? 0)',
      'leased.generation',
    ),
  ),
  defect(
    'expires_in in milliseconds is taken as seconds',
    ['I4', 'I5'],
    edit(
      FILES.tokenResponse,
      'json.expires_in_sec, json.expires_in]',
      'json.expires_in, json.expires_in_sec]',
    ),
    edit(
      FILES.tokenResponse,
      'Math.min(Math.floor(seconds * 1000), ACCESS_TOKEN_LIFETIME_MS)',
      'Math.floor(seconds * 1000)',
    ),
  ),
  defect(
    'the data center is guessed',
    ['I4', 'I6', 'I8'],
    edit(FILES.accountsRequest, 'DATA_CENTERS[dataCenter].accountsServer', 'DATA_CENTERS.us.accountsServer'),
  ),
  defect(
    'a token is renewed only after it has expired',
    ['I4', 'I5'],
    edit(
      FILES.renewalTimes,
      'expiresAtMs - refreshMarginMs - TICK_MS - REFRESH_MS',
      'expiresAtMs + refreshMarginMs',
    ),
  ),
  defect(
    'a data center that did not answer once is never asked again',
    ['I4', 'I5', 'I6'],
    edit(FILES.dataCenterMemory, 'const SUSPECTS = 5;', 'const SUSPECTS = 1;'),
    edit(
      FILES.dataCenterMemory,
      'const PROBE_AGAIN_MS = TICK_MS - 15_000;',
      'const PROBE_AGAIN_MS = 86_400_000;',
    ),
  ),
  defect(
    'a backoff without a limit',
    ['I4', 'I5'],
    edit(
      FILES.renewalTimes,
      'doubling(15_000, failures, LONGEST_BACKOFF_MS)',
      'doubling(15_000, failures, 86_400_000)',
    ),
  ),
  defect(
    "the clock of the refresher's machine is not checked",
    ['I1', 'I2', 'I3', 'I4', 'I5'],
    edit(
      FILES.checkedClock,
      'Math.abs(ownMs - awsMs) <= TOLERANCE_MS ? ownMs : awsMs',
      'awsMs > 0 ? ownMs : awsMs',
    ),
  ),
  defect(
    'a connection that is declared again stays disabled',
    ['I4', 'I6'],
    edit(FILES.registerDeclared, 'isRetired(existing)', "existing.name === ''"),
  ),
];
