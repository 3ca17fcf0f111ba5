import { describe, expect, it } from 'vitest';
import { alarmsInRule } from '../../../../cli/cloudwatch/deployed-alarms.ts';
import { readAlarms } from '../../../../sandbox/alarms/read-alarms.ts';
import { fleetOfSandbox } from '../../../../sandbox/deployment/fleet-of-sandbox.ts';
import { addressOf, alarmsOf, fleetAddressOf } from '../../../../sandbox/serve/stack.ts';
import { synthesize, TWO_CONNECTIONS } from '../../../infra/synthesize.ts';

describe.each([
  ['without a fleet', 0],
  ['with a fleet of 2 shards', 2],
] as const)('what the sandbox says is deployed, %s', (_, shards) => {
  const fleet = { connectedStore: 'dynamodb', fleetShards: 2 } as const;
  const template = synthesize({ connections: TWO_CONNECTIONS, ...(shards === 0 ? {} : fleet) });
  const addressParameters = () => ({
    ...addressOf('http://127.0.0.1:1', Object.keys(TWO_CONNECTIONS), shards),
    ...(shards === 0 ? {} : fleetAddressOf(fleetOfSandbox(shards), 'dynamodb')),
  });

  it('has the address of the template', () => {
    const parameters = Object.values(template.findResources('AWS::SSM::Parameter'));
    const names = parameters.map(({ Properties }) => Properties.Name as string);

    const sandboxNames = Object.keys(addressParameters()).map(
      (parameter) => `/zoho-token-refresher/zoho/${parameter}`,
    );

    expect(names).not.toEqual([]);
    expect(sandboxNames.sort()).toEqual(names.sort());
  });

  it('has the list of alarms of the template, in any order', () => {
    const { Properties } = Object.values(template.findResources('AWS::SSM::Parameter')).find(
      (parameter) => parameter.Properties.Name === '/zoho-token-refresher/zoho/alarms',
    ) as { Properties: { Value: string } };
    const sorted = (list: string) => {
      const { alarms, ...others } = JSON.parse(list) as { alarms: string[]; conditions: string[] };
      return { ...others, alarms: alarms.sort() };
    };

    const { alarms } = addressParameters();

    expect(sorted(alarms)).toEqual(sorted(Properties.Value));
  });

  it('has every alarm of the template, which notifies as many topics', () => {
    const alarms = ['Alarm', 'CompositeAlarm'].flatMap((type) =>
      Object.values(template.findResources(`AWS::CloudWatch::${type}`)),
    );
    const names = alarms.map(
      ({ Properties }) => `${Properties.AlarmName} ${(Properties.AlarmActions ?? []).length}`,
    );

    const sandboxNames = alarmsOf(Object.keys(TWO_CONNECTIONS), shards).map(
      ({ name, actions = [] }) => `${name} ${actions.length}`,
    );

    expect(names).not.toEqual([]);
    expect(sandboxNames.sort()).toEqual(names.sort());
  });

  it('has the rules of the composite alarms', () => {
    const rules = alarmsOf(Object.keys(TWO_CONNECTIONS), shards).flatMap(({ name, kind, rule = '' }) =>
      kind === 'composite' ? [[name, alarmsInRule(rule).map((alarm) => alarm.name)]] : [],
    );

    const definitions = readAlarms(template.toJSON()).flatMap((alarm) =>
      alarm.kind === 'composite' ? [[alarm.name, [...alarm.rule.alarms].sort()]] : [],
    );

    const sorted = rules.map(([name, alarms]) => [name, [...(alarms ?? [])].sort()]);
    expect(Object.fromEntries(definitions)).toEqual(Object.fromEntries(sorted));
    expect(rules).toHaveLength(shards === 0 ? 1 : 2);
  });
});
