/** Every alarm, except those of single connections, the composite and the latch. Each one has a runbook of this name. */
export const ALARM_NAMES = [
  'ReauthorizationNeeded',
  'TokenExpiringSoon',
  'RefresherSilent',
  'UnauthorizedSpike',
  'NotificationFailed',
  'RefreshFailing',
  'ZohoThrottling',
  'RefresherErrors',
  'DeliveryFailed',
  'ContractChanged',
] as const;

/** The same of the consent pages, which exist only with the setting `consent`. */
export const CONSENT_ALARM_NAMES = ['ConsentFailing', 'ConsentErrors', 'ConsentThrottled'] as const;

/** The same of a fleet: one for each shard, named `ShardSilent-0`. */
export const SHARD_ALARM = 'ShardSilent';

/** Alarms of earlier versions that exist no more, with what to do instead. */
export const RETIRED_ALARMS: Readonly<Record<string, string>> = {
  ScopeDrift:
    'is no alarm any more: the refresher notifies of each connection by its name. Remove it here, and set the severity of connections of which no one wants to be notified to "none"',
};

export type AlarmName =
  | (typeof ALARM_NAMES)[number]
  | (typeof CONSENT_ALARM_NAMES)[number]
  | typeof SHARD_ALARM;

/** What an alarm is called in settings: `RefreshFailing`, or `UnauthorizedSpike-crm-prod` for the alarm of one connection or shard. */
export function alarmId(name: AlarmName, part?: string): string {
  return part === undefined ? name : `${name}-${part}`;
}
