import { describe, expect, it } from 'vitest';
import { alarmsOf, outputsOf } from '../../../../sandbox/serve/stack.ts';
import { synthesize, TWO_CONNECTIONS } from '../../../infra/synthesize.ts';

describe('what the sandbox says is deployed', () => {
  const template = synthesize({ connections: TWO_CONNECTIONS });

  it('has every output of the template', () => {
    const outputs = Object.keys(template.findOutputs('*'));

    expect(outputs).not.toEqual([]);
    expect(Object.keys(outputsOf('http://127.0.0.1:1'))).toEqual(expect.arrayContaining(outputs));
  });

  it('has every alarm of the template', () => {
    const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
    const names = alarms.map(({ Properties }) => Properties.AlarmName as string);

    const sandboxNames = alarmsOf(Object.keys(TWO_CONNECTIONS)).map(({ name }) => name);

    expect(names).not.toEqual([]);
    expect(sandboxNames.sort()).toEqual(names.sort());
  });
});
