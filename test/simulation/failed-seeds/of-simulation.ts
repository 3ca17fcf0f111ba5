import type { KnownFailure } from './known-failure.ts';

/** Seeds that blamed the product wrongly: a check expected too much, or the simulated Zoho was not like Zoho. */
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
    seed: 3_100_200_341,
    promise: 'C3',
    cause: 'the check took new credentials for a renewal, after which complaints are credible again',
  },
  {
    seed: 3_100_200_833,
    promise: 'I6',
    cause: 'the check forgot that a blocked connection is part of a mass refusal',
  },
  {
    seed: 3_100_201_369,
    promise: 'C3',
    cause: 'the check expected a complaint after the retry of a call, and not after the next call',
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
    seed: 2_700_401_018,
    promise: 'C1',
    cause:
      'the check blamed a client that the refresher had told a time which someone else had written to the row',
  },
  {
    seed: 2_700_401_332,
    promise: 'C3',
    cause: 'the check did not know that a token that is too long is not minted again for ten minutes',
  },
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
    seed: 1_712_600_914,
    promise: 'C3',
    cause: 'the check overlooked a complaint about the generation that was published while it was on its way',
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
    seed: 1_920_703_029,
    promise: 'C3',
    cause: 'the check did not know that a client pauses for up to five minutes after an outage of the table',
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
    seed: 7_100_696,
    promise: 'C3',
    cause: 'the simulated consumer did not report that its retry succeeded, as the documented ones do',
  },
  {
    seed: 19_510_180,
    promise: 'I11',
    cause: 'the check took a wrong refusal of the client for a refusal of the refresh token',
  },
  {
    seed: 19_511_212,
    promise: 'C3',
    cause:
      'the check did not take a complaint about a later generation than the published one for one about that',
  },
  {
    seed: 19_520_312,
    promise: 'C1',
    cause:
      'the check did not know for getAccessToken that the refresher believes an expiry that someone wrote into the row',
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
    seed: 19_960_467,
    promise: 'C3',
    store: 'dynamodb',
    cause: 'the check did not count a lease of the schedule whose holder ended before it called Zoho',
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
    seed: 2_026_120_109,
    promise: 'C3',
    cause:
      'the check did not know that a client doubts a rejection after one of another token, however long ago that was',
  },
  {
    seed: 2_026_122_025,
    promise: 'I4',
    cause:
      'the check did not know that Zoho deletes the published token for the one that replaces it, if others mint',
  },
  {
    seed: 2_110_001_265,
    promise: 'C3',
    cause:
      'the check took a success of the client for one of another HTTP client, whose methods it does not know',
  },
  {
    seed: 3_100_014_292,
    promise: 'C3',
    store: 'dynamodb',
    cause: 'the check did not know that the schedule had used up the versions of a day in crashes',
  },
  {
    seed: 3_400_009_947,
    promise: 'C3',
    cause:
      'the check did not know that the schedule has to wait as well once it has written the versions of a day',
  },
  { seed: 3_400_010_722, store: 'dynamodb', promise: 'C3', cause: 'the same as 3400009947' },
  {
    seed: 3_700_001_776,
    store: 'dynamodb',
    promise: 'I4',
    cause:
      'the check did not know that a row waits for the time of a clock that was set during a call of AWS',
  },
  {
    seed: 3_900_006_086,
    store: 'dynamodb',
    promise: 'C1',
    cause:
      'the check did not know that the refresher renews a token whose times are impossible, however long that takes',
  },
];
