import { type Defect, defect, edit, FILES, rareDefect } from './defect.ts';

/** Defects that must break I1, or another promise that they name. */
export const ONE_MINT_DEFECTS: readonly Defect[] = [
  defect(
    'no lease',
    ['I1', 'I2', 'I3'],
    edit(
      FILES.connectionWrites,
      'generationIsUnchanged, nothingWasRescheduled, leaseIsFree]',
      'generationIsUnchanged]',
    ),
    edit(
      FILES.lease,
      'connection.lease !== undefined && connection.lease.untilMs > nowMs',
      'false && nowMs > 0',
    ),
  ),
  rareDefect(
    'a lease shorter than a call may take',
    { breaks: ['I1'], foundIn: ['many faults'] },
    edit(
      FILES.lease,
      '(functionTimeoutSeconds + LEASE_MARGIN_SECONDS) * 1000',
      'Math.min(5_000, (functionTimeoutSeconds + LEASE_MARGIN_SECONDS) * 1000)',
    ),
    edit(FILES.exchangeToken, '!outlasts(lease, nowMs, settings.zohoTimeoutMs)', 'nowMs > lease.untilMs'),
  ),
  defect(
    'a lease without a new generation',
    ['I1', 'I2', 'I3', 'I4'],
    edit(FILES.lease, 'connection.generation + 1', 'connection.generation'),
  ),
  defect(
    'the index is trusted: no condition on the lease',
    ['I1', 'I2', 'I3'],
    edit(
      FILES.connectionWrites,
      '[generationIsUnchanged, nothingWasRescheduled, leaseIsFree]',
      "['attribute_exists(generation)']",
    ),
  ),
  rareDefect(
    'a lease is taken on a stale index entry',
    { breaks: ['I1'], foundIn: ['many faults'] },
    edit(
      FILES.connectionWrites,
      'generationIsUnchanged, nothingWasRescheduled, leaseIsFree',
      'generationIsUnchanged, leaseIsFree',
    ),
  ),
  defect(
    'the commit is not fenced',
    ['I1', 'I2', 'I3', 'I4'],
    edit(FILES.connectionWrites, '[generationIsUnchanged, leaseIsMine]', "['attribute_exists(generation)']"),
  ),
  rareDefect(
    'Zoho is called after the lease has ended',
    { breaks: ['I1', 'I2'], foundIn: ['many faults'] },
    edit(
      FILES.exchangeToken,
      'if (isTooLate(context, leased, startedAtMs)) return',
      'if (isTooLate(context, leased, 0)) return',
    ),
  ),
  defect(
    'the lifetime is counted from the previous token',
    ['I1', 'I2', 'I3', 'I4', 'I5'],
    edit(
      FILES.composeToken,
      'Math.max(startedAtMs, connection.token?.issuedAtMs ?? 0)',
      'connection.token?.issuedAtMs ?? startedAtMs',
    ),
  ),
  defect(
    'a rejected generation is not compared with the published one',
    ['I1'],
    edit(
      FILES.refreshDecision,
      'rejectedGeneration < publishedGeneration',
      'rejectedGeneration < 0 * publishedGeneration',
    ),
  ),
];
