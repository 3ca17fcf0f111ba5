import type { KnownFailure } from './known-failure.ts';

/** Seeds that blamed the refresher wrongly: a check expected too much, or the simulated Zoho was not like Zoho. */
export const SEEDS_OF_SIMULATION: readonly KnownFailure[] = [
  { seed: 22_067, promise: 'I8', cause: 'the check took a refusal of old credentials for the newest one' },
  {
    seed: 28_538,
    promise: 'I1',
    cause: 'the check blamed a holder whose lease a restored backup had removed',
  },
  {
    seed: 92_199,
    promise: 'I8',
    cause: 'the check blamed a holder whose lease a restored backup had removed',
  },
  {
    seed: 466_134_310,
    promise: 'I8',
    cause: 'the check took the refresh token at another data center for the same credentials',
  },
  {
    seed: 2_078_300_102,
    promise: 'I4',
    cause: 'the check expected a restored row to know that its token was revoked',
  },
  {
    seed: 2_078_300_057,
    promise: 'I6',
    cause: 'the check did not know that a restored row may hold earlier refusals',
  },
  {
    seed: 411_000_199,
    promise: 'I8',
    cause: 'the check did not take a token that is too long for an acceptance of the credentials',
  },
  {
    seed: 522_000_444,
    promise: 'I4',
    cause: 'the check did not know that a call that hangs since before the calm is followed by a back-off',
  },
  {
    seed: 3_100_200_833,
    promise: 'I6',
    cause: 'the check forgot that a blocked connection is part of a mass refusal',
  },
  {
    seed: 3_100_201_433,
    promise: 'I8',
    cause: 'the check did not let the schedule continue the attempt of an operator that has died',
  },
  {
    seed: 3_100_202_475,
    promise: 'I11',
    cause: 'the check did not know that an operator stored credentials between the read and the call',
  },
  {
    seed: 3_100_202_842,
    promise: 'I5',
    cause: 'the check expected a clock to be corrected that was set during a call of AWS',
  },
  {
    seed: 3_100_203_211,
    promise: 'I6',
    cause: 'the check expected a holder to record a refusal whose lease a restored backup had removed',
  },
  {
    seed: 3_100_203_256,
    promise: 'I5',
    cause: 'no tick was fired while the only row had an impossible time',
  },
  {
    seed: 2_700_400_624,
    promise: 'I6',
    cause: 'the check did not count the refusals before a wrong one, after which Zoho is asked once an hour',
  },
  { seed: 2_700_400_964, promise: 'I6', cause: 'the same as 2700400624' },
  {
    seed: 1_900_700_101,
    promise: 'I10',
    cause: 'the check did not know that a connection that is declared again is blocked until Zoho accepts it',
  },
  {
    seed: 1_900_700_284,
    promise: 'I10',
    cause: 'the check did not know that a connection was muted when it was declared again',
  },
  {
    seed: 1_810_600_529,
    promise: 'I9',
    cause: 'the check took a pause that an operator does not end for a new one',
  },
  {
    seed: 1_910_701_538,
    promise: 'I10',
    cause: 'the check forgot what was to be published when a backup replaced the row in the same moment',
  },
  {
    seed: 500_869,
    promise: 'I4',
    cause:
      'the check expected a connection in service that Zoho refuses to notice new credentials sooner than a blocked one',
  },
  {
    seed: 703_309_672,
    promise: 'I6',
    cause: 'the check took the time in which tokens were too long for the cost of a wrong refusal before it',
  },
  {
    seed: 19_510_180,
    promise: 'I11',
    cause: 'the check took a wrong refusal of the client for a refusal of the refresh token',
  },
  {
    seed: 19_521_620,
    promise: 'I6',
    cause:
      'the check did not know that a time up to an hour away, which someone wrote into the row, is possible',
  },
  {
    seed: 19_530_432,
    promise: 'I4',
    cause:
      'the simulated Zoho counted refresh tokens whose answers were lost among the twenty of a user, and the next consent ended the published token',
  },
  {
    seed: 19_930_151,
    store: 'dynamodb',
    promise: 'I5',
    cause:
      'the check did not know that a move to another partition makes an impossible time a millisecond earlier',
  },
  {
    seed: 2_026_116_217,
    promise: 'I4',
    cause: 'the simulated Zoho stated a longer life than its tokens had, while they were short',
  },
  {
    seed: 2_026_117_533,
    promise: 'I10',
    cause:
      'the check did not know that a row waits for a time up to an hour away which someone wrote into it',
  },
  {
    seed: 2_026_122_025,
    promise: 'I4',
    cause:
      'the check did not know that Zoho deletes the published token for the one that replaces it, if others mint',
  },
  {
    seed: 3_700_001_776,
    store: 'dynamodb',
    promise: 'I4',
    cause:
      'the check did not know that a row waits for the time of a clock that was set during a call of AWS',
  },
  {
    seed: 4_000_010_706,
    store: 'dynamodb',
    promise: 'I5',
    cause: 'the check did not know that the lease of a wrong clock is cut to the longest one, and not ended',
  },
  {
    seed: 3_900_005_298,
    store: 'dynamodb',
    promise: 'I6',
    cause:
      'a row of a backup got back to a partition of a fleet that is off; adopt writes it where a tick looks',
  },
  {
    seed: 4_100_015_593,
    promise: 'I2',
    cause:
      'the check did not know that a clock that is set during a call of AWS lets a row forget its counts',
  },
  {
    seed: 4_200_019_810,
    store: 'dynamodb',
    promise: 'I5',
    cause:
      'a row that was restored into another partition was due at the same time, which adopt never writes',
  },
  {
    seed: 4_250_003_781,
    promise: 'I10',
    cause:
      'the check did not know that the lost row of a muted connection is recorded, and no one is notified',
  },
  {
    seed: 4_270_003_518,
    store: 'dynamodb',
    promise: 'I6',
    cause: 'the check blamed a wrong refusal for a token that was too long for the second store',
  },
];
