import { describe, expect, it } from 'vitest';
import { alarmsInRule } from '../../../../cli/cloudwatch/deployed-alarms.ts';
import { readAlarms } from '../../../../sandbox/alarms/read-alarms.ts';
import { addressOf, alarmsOf } from '../../../../sandbox/serve/stack.ts';
import { synthesize, TWO_CONNECTIONS } from '../../../infra/synthesize.ts';

describe('what the sandbox says is deployed', () => {
  const template = synthesize({ connections: TWO_CONNECTIONS });

  it('has the address of the template', () => {
    const parameters = Object.values(template.findResources('AWS::SSM::Parameter'));
    const names = parameters.map(({ Properties }) => Properties.Name as string);

    const sandboxNames = Object.keys(addressOf('http://127.0.0.1:1')).map(
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
      const { alarms, ...others } = JSON.parse(list) as { alarms: string[] };
      return { ...others, alarms: alarms.sort() };
    };

    const { alarms } = addressOf('http://127.0.0.1:1', Object.keys(TWO_CONNECTIONS));

    expect(sorted(alarms)).toEqual(sorted(Properties.Value));
  });

  it('has every alarm of the template, which notifies as many topics', () => {
    const alarms = ['Alarm', 'CompositeAlarm'].flatMap((type) =>
      Object.values(template.findResources(`AWS::CloudWatch::${type}`)),
    );
    const names = alarms.map(
      ({ Properties }) => `${Properties.AlarmName} ${(Properties.AlarmActions ?? []).length}`,
    );

    const sandboxNames = alarmsOf(Object.keys(TWO_CONNECTIONS)).map(
      ({ name, actions = [] }) => `${name} ${actions.length}`,
    );

    expect(names).not.toEqual([]);
    expect(sandboxNames.sort()).toEqual(names.sort());
  });

  it('has the rule of the composite alarm', () => {
    const name = 'ZohoTokenRefresher-page';
    const rule = alarmsOf(Object.keys(TWO_CONNECTIONS)).find((alarm) => alarm.name === name)?.rule ?? '';

    const definition = readAlarms(template.toJSON()).find((alarm) => alarm.name === name);

    expect(definition?.kind === 'composite' && [...definition.rule.alarms].sort()).toEqual(
      alarmsInRule(rule)
        .map((alarm) => alarm.name)
        .sort(),
    );
  });
});
