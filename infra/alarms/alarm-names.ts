/** Every alarm, except those of single connections, the composites and latches. Each one has a runbook of this name. */
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
  'ScopeDrift',
  'ContractChanged',
] as const;

export type AlarmName = (typeof ALARM_NAMES)[number];

/** What an alarm is called in settings: `RefreshFailing`, or `UnauthorizedSpike-crm-prod` for the alarm of one connection. */
export function alarmId(name: AlarmName, connection?: string): string {
  return connection === undefined ? name : `${name}-${connection}`;
}
