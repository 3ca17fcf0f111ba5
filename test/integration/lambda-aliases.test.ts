import { Lambda } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfigFor } from '../../sandbox/aws/client-config.ts';
import { type LambdaEndpoint, startLambdaEndpoint } from '../../sandbox/aws/lambda-endpoint.ts';

const ARN = 'arn:aws:lambda:eu-west-1:000000000000:function:refresher';

let endpoint: LambdaEndpoint;
let lambda: Lambda;

beforeAll(async () => {
  endpoint = await startLambdaEndpoint({
    functions: { refresher: (_event, invokedFunctionArn) => ({ invokedFunctionArn }) },
    aliases: { refresher: ['schedule', 'consumers'] },
  });
  endpoint.configure('refresher', { timeoutSeconds: 60, environment: {} });
  lambda = new Lambda({ ...clientConfigFor(endpoint.endpoint), maxAttempts: 1 });
});
afterAll(async () => {
  lambda.destroy();
  await endpoint.close();
});

describe("the sandbox's Lambda", () => {
  it.each([
    ['a name', { FunctionName: 'refresher' }, ARN],
    ['an ARN', { FunctionName: ARN }, ARN],
    ['a name with an alias', { FunctionName: 'refresher:consumers' }, `${ARN}:consumers`],
    ['an ARN with an alias', { FunctionName: `${ARN}:consumers` }, `${ARN}:consumers`],
    ['a part of an ARN', { FunctionName: '000000000000:function:refresher:schedule' }, `${ARN}:schedule`],
    ['an alias as a parameter', { FunctionName: ARN, Qualifier: 'schedule' }, `${ARN}:schedule`],
    ['the same alias twice', { FunctionName: `${ARN}:schedule`, Qualifier: 'schedule' }, `${ARN}:schedule`],
    ['the latest version', { FunctionName: 'refresher', Qualifier: '$LATEST' }, `${ARN}:$LATEST`],
  ])('runs the function by %s, and tells it the ARN', async (_, invoked, invokedFunctionArn) => {
    const { Payload, ExecutedVersion } = await lambda.invoke(invoked);

    expect(JSON.parse(Payload?.transformToString() ?? '')).toEqual({ invokedFunctionArn });
    expect(ExecutedVersion).toBe('$LATEST');
  });

  it.each([
    ['an alias that does not exist', { FunctionName: 'refresher:operators' }, `${ARN}:operators`],
    ['a version that does not exist', { FunctionName: 'refresher', Qualifier: '7' }, `${ARN}:7`],
    [
      'an alias of another function',
      { FunctionName: 'other:schedule' },
      ARN.replace('refresher', 'other:schedule'),
    ],
  ])('has no function by %s', async (_, invoked, arn) => {
    await expect(lambda.invoke(invoked)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Function not found: ${arn}`,
    });
  });

  it('refuses two different aliases', async () => {
    const answer = lambda.invoke({ FunctionName: 'refresher:schedule', Qualifier: 'consumers' });

    await expect(answer).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });

  it('describes a function by an alias', async () => {
    const configuration = await lambda.getFunctionConfiguration({ FunctionName: `${ARN}:consumers` });

    expect(configuration).toMatchObject({ FunctionName: 'refresher', FunctionArn: `${ARN}:consumers` });
  });
});
