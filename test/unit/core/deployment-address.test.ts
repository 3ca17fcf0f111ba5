import { expect, test } from 'vitest';
import { addressParameterName, alarmNamePrefix } from '../../../lambdas/core/deployment-address.ts';

test('alarms of a deployment with the default prefix are named after its stack', () => {
  expect(alarmNamePrefix('ZohoTokenRefresher', 'zoho')).toBe('ZohoTokenRefresher-');
});

test('no deployment of a stack has alarms whose names begin like those of another', () => {
  const prefixes = ['zoho', 'team', 'team-a', 'team.a', 'zoho-team'].map((secretPrefix) =>
    alarmNamePrefix('Stack', secretPrefix),
  );

  for (const prefix of prefixes)
    expect(prefixes.filter((other) => `${other}RefresherSilent`.startsWith(prefix))).toEqual([prefix]);
});

test('the parameters of a deployment are named after its prefix', () => {
  expect(addressParameterName('team.zoho', 'function')).toBe('/zoho-token-refresher/team.zoho/function');
});
