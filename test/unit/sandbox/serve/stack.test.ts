import { describe, expect, it } from 'vitest';
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
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    const names = alarms.map(({ Properties }) => Properties.AlarmName as string);

    const sandboxNames = alarmsOf(Object.keys(TWO_CONNECTIONS)).map(({ name }) => name);

    expect(names).not.toEqual([]);
    expect(sandboxNames.sort()).toEqual(names.sort());
  });
});
