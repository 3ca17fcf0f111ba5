import type { KnownFailure } from './known-failure.ts';

/** Seeds that found a defect of the product. */
export const SEEDS_OF_PRODUCT: readonly KnownFailure[] = [
  {
    seed: 3_953,
    promise: 'I6',
    cause: 'a failed publish kept a connection blocked that Zoho accepted again',
  },
  { seed: 5_135, promise: 'I6', cause: 'a restored backup left a declared connection disabled' },
  { seed: 28_721, promise: 'I4', cause: 'a refused put was taken for stored after a backup was restored' },
  { seed: 29_969, promise: 'I6', cause: 'a late report was merged into a row that had been disabled' },
  {
    seed: 42_737,
    promise: 'I10',
    cause: "a holder announced another holder's report of the same generation",
  },
  { seed: 54_004, promise: 'I5', cause: 'a late lease write put a disabled connection in no queue' },
  {
    seed: 214_105_604,
    promise: 'I8',
    cause:
      'stale reads alternated between two refused versions of the credentials, and each looked like a change',
  },
  { seed: 306_154_191, promise: 'I8', cause: 'the same as 214105604' },
  {
    seed: 3_100_202_191,
    promise: 'I1',
    cause: 'a row that an earlier version had rescheduled kept the time of its next attempt',
  },
  {
    seed: 19_500_620,
    promise: 'I2',
    cause: 'a clock that was set forward by a day while a token was published ended the counting of versions',
  },
  {
    seed: 2_026_115_480,
    promise: 'I2',
    store: 'dynamodb',
    cause:
      'a publish whose answer was lost, and whose item could then not be read, was taken for one that stored nothing',
  },
  {
    seed: 3_100_006_615,
    promise: 'I10',
    cause: 'an attempt that had read a row before it was notified took the lease, and forgot that it was',
  },
  { seed: 3_100_010_680, store: 'dynamodb', promise: 'I10', cause: 'the same as 3100006615' },
  {
    seed: 3_300_005_174,
    store: 'dynamodb',
    promise: 'I11',
    cause: 'a rotated refresh token was dropped because the access token beside it was too long',
  },
  {
    seed: 3_400_013_604,
    store: 'dynamodb',
    promise: 'I10',
    cause: 'a clock that was corrected while SNS did not answer prolonged the pause of its topic by minutes',
  },
];
