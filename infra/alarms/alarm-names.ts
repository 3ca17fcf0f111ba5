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

/** Alarms of earlier versions that exist no more, with what to do instead. */
export const RETIRED_ALARMS: Readonly<Record<string, string>> = {
  ScopeDrift:
    'is no alarm any more: the refresher notifies of each connection by its name. Remove it here, and set the severity of connections of which no one wants to be notified to "none"',
};

export type AlarmName = (typeof ALARM_NAMES)[number] | (typeof CONSENT_ALARM_NAMES)[number];

/** What an alarm is called in settings: `RefreshFailing`, or `UnauthorizedSpike-crm-prod` for the alarm of one connection. */
export function alarmId(name: AlarmName, connection?: string): string {
  return connection === undefined ? name : `${name}-${connection}`;
}
