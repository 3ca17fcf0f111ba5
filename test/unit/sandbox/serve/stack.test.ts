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

  it('has every alarm of the template', () => {
    const alarms = ['Alarm', 'CompositeAlarm'].flatMap((type) =>
      Object.values(template.findResources(`AWS::CloudWatch::${type}`)),
    );
    const names = alarms.map(({ Properties }) => Properties.AlarmName as string);

    const sandboxNames = alarmsOf(Object.keys(TWO_CONNECTIONS)).map(({ name }) => name);

    expect(names).not.toEqual([]);
    expect(sandboxNames.sort()).toEqual(names.sort());
  });

  it.each(['page', 'ticket'])('has the rule of %s', (audience) => {
    const name = `ZohoTokenRefresher-${audience}`;
    const rule = alarmsOf(Object.keys(TWO_CONNECTIONS)).find((alarm) => alarm.name === name)?.rule ?? '';

    const definition = readAlarms(template.toJSON()).find((alarm) => alarm.name === name);

    expect(definition?.kind === 'composite' && [...definition.rule.alarms].sort()).toEqual(
      alarmsInRule(rule)
        .map((alarm) => alarm.name)
        .sort(),
    );
  });
});
