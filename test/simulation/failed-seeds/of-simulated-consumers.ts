import type { KnownFailure } from './known-failure.ts';

/** Seeds that blamed the client library wrongly: a check of consumers expected too much. */
export const SEEDS_OF_SIMULATED_CONSUMERS: readonly KnownFailure[] = [
  {
    seed: 3_100_200_341,
    promise: 'C3',
    cause: 'the check took new credentials for a renewal, after which complaints are credible again',
  },
  {
    seed: 3_100_201_369,
    promise: 'C3',
    cause: 'the check expected a complaint after the retry of a call, and not after the next call',
  },
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
    seed: 1_712_600_914,
    promise: 'C3',
    cause: 'the check overlooked a complaint about the generation that was published while it was on its way',
  },
  {
    seed: 1_920_703_029,
    promise: 'C3',
    cause: 'the check did not know that a client pauses for up to five minutes after an outage of the table',
  },
  {
    seed: 7_100_696,
    promise: 'C3',
    cause: 'the simulated consumer did not report that its retry succeeded, as the documented ones do',
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
    seed: 19_960_467,
    promise: 'C3',
    store: 'dynamodb',
    cause: 'the check did not count a lease of the schedule whose holder ended before it called Zoho',
  },
  {
    seed: 2_026_120_109,
    promise: 'C3',
    cause:
      'the check did not know that a client doubts a rejection after one of another token, however long ago that was',
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
    seed: 3_900_006_086,
    store: 'dynamodb',
    promise: 'C1',
    cause:
      'the check did not know that the refresher renews a token whose times are impossible, however long that takes',
  },
  {
    seed: 4_260_012_235,
    promise: 'C3',
    cause: 'the check took a short token that ended as published for one that died',
  },
];
