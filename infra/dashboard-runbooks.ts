import { CONSENT_ALARM_NAMES } from './alarms/alarm-names.ts';

/** The pages of docs/runbooks that belong to no alarm of their own. A test compares the list with the folder. */
const OTHER_RUNBOOKS = [
  'AuthorizerLeaves',
  'ClientRefused',
  'ClientSecretRegenerated',
  'DynamoDbOutage',
  'KeyDisabled',
  'NeverAuthorized',
  'OtherClientOrDataCenter',
  'RegionDown',
  'RowLost',
  'ScopeDrift',
  'TableRestored',
  'TokensRejected',
];

/** The same with the consent pages. */
const RUNBOOKS_OF_INVITES = ['InviteAwaiting'];

/** The runbooks that the dashboard links to: those of its alarms, and those that belong to no alarm. */
export function runbooksBeside(ofAlarms: readonly string[]): string[] {
  const hasConsent = ofAlarms.some((name) => CONSENT_ALARM_NAMES.some((each) => each === name));
  return [...new Set([...ofAlarms, ...OTHER_RUNBOOKS, ...(hasConsent ? RUNBOOKS_OF_INVITES : [])])];
}
