import { DEFAULT_PARK_AFTER_DAYS } from '../core/connection/parking.ts';

/** A setting that is a whole number. */
export interface NumberSetting {
  readonly min: number;
  readonly max: number;
  readonly default: number;
  /** What users read about it, in docs/configuration.md and at the property of the construct. */
  readonly description: string;
}

/**
 * The numbers that a deployment can tune. This is their only declaration: environment variable, cdk context, property of
 * the construct and the table in docs/configuration.md are derived from it.
 */
export const NUMBER_SETTINGS = {
  refreshMarginSeconds: {
    min: 180,
    max: 1725,
    default: 300,
    description: 'A new token is published at least this many seconds before the old one expires.',
  },
  refreshJitterSeconds: {
    min: 0,
    max: 600,
    default: 60,
    description:
      'Tokens are renewed at random up to this many seconds earlier. Up to 60 changes little, because ticks come once a minute. Renewals are spread over the minutes without it.',
  },
  functionTimeoutSeconds: {
    min: 30,
    max: 75,
    default: 75,
    description: 'Timeout of the refresher function. The lease of a connection lasts 15 s longer.',
  },
  zohoTimeoutSeconds: {
    min: 2,
    max: 20,
    default: 10,
    description: 'Timeout of one call to Zoho; at most half of `functionTimeoutSeconds`.',
  },
  maxRefreshesPerSecond: {
    min: 1,
    max: 24,
    default: 20,
    description:
      'Refreshes that start per second. Secrets Manager allows 50 writes per second in an account and region; a refresh makes two.',
  },
  maxInFlight: {
    min: 1,
    max: 100,
    default: 25,
    description: 'Refreshes that run at the same time.',
  },
  parkAfterDays: {
    min: 1,
    max: 365,
    default: DEFAULT_PARK_AFTER_DAYS,
    description:
      'Days after which a connection that stays blocked is parked: it is looked at rarely and holds no alarm. Its recovery is notified.',
  },
} as const satisfies Record<string, NumberSetting>;

export type NumberSettingName = keyof typeof NUMBER_SETTINGS;

/** Applies a function to every number setting; the result has the same names. */
export function mapNumberSettings<Value>(
  convert: (setting: NumberSetting) => Value,
): Record<NumberSettingName, Value> {
  const entries = Object.entries(NUMBER_SETTINGS).map(([name, setting]) => [name, convert(setting)] as const);
  return Object.fromEntries(entries) as Record<NumberSettingName, Value>;
}
