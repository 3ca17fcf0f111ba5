import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { expect } from 'vitest';

/** A parameter store, and how to put a parameter into it. */
export interface ParametersUnderTest {
  readonly client: SSMClient;
  put(name: string, value: string): Promise<void>;
}

type Check = (store: ParametersUnderTest, root: string) => Promise<void>;

/**
 * What finding a deployment relies on, checked through the SDK, each below a root of its own. Source: the API reference of
 * GetParametersByPath, GetParameters and GetParameter.
 */
export const ssmContract: Readonly<Record<string, Check>> = {
  'a path has everything below it, in pages of at most ten': async (store, root) => {
    const names = Array.from({ length: 11 }, (_, index) => `${root}/one/${index}`);
    for (const name of names) await store.put(name, `value of ${name}`);
    await store.put(`${root}/two/deployment`, '{}');

    const first = await list(store, { Path: root, Recursive: true });
    const second = await list(store, { Path: root, Recursive: true, NextToken: first.NextToken });

    const found = [...(first.Parameters ?? []), ...(second.Parameters ?? [])];
    expect(first.Parameters).toHaveLength(10);
    expect(second.NextToken).toBeUndefined();
    expect(found.map(({ Name }) => Name).sort()).toEqual([...names, `${root}/two/deployment`].sort());
    expect(found.find(({ Name }) => Name === names[3])?.Value).toBe(`value of ${names[3]}`);
  },
  'a parameter comes with its ARN, which has region and account': async (store, root) => {
    await store.put(`${root}/one/table`, 'Connections');

    const { Parameters } = await list(store, { Path: `${root}/one` });

    const arn = expect.stringMatching(
      new RegExp(`^arn:aws:ssm:eu-west-1:\\d{12}:parameter${root}/one/table$`),
    );
    expect(Parameters).toMatchObject([{ Name: `${root}/one/table`, Value: 'Connections', ARN: arn }]);
  },
  'a path does not have what only begins with the same letters': async (store, root) => {
    await store.put(`${root}/zoho/table`, 'of zoho');
    await store.put(`${root}/zoho-test/table`, 'of zoho-test');

    const { Parameters } = await list(store, { Path: `${root}/zoho`, Recursive: true });

    expect(Parameters?.map(({ Value }) => Value)).toEqual(['of zoho']);
  },
  'without Recursive, a path has only what is directly below it': async (store, root) => {
    await store.put(`${root}/zoho/table`, 'Connections');

    const { Parameters } = await list(store, { Path: root });

    expect(Parameters).toEqual([]);
  },
  'a path without parameters is empty, and no error': async (store, root) => {
    const { Parameters, NextToken } = await list(store, { Path: `${root}/nothing`, Recursive: true });

    expect({ Parameters, NextToken }).toEqual({ Parameters: [], NextToken: undefined });
  },
  'a page of more than ten is refused': async (store, root) => {
    await expect(list(store, { Path: root, MaxResults: 11 })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  },
  'a parameter is found by its name, and one that does not exist is an error': async (store, root) => {
    await store.put(`${root}/zoho/table`, 'Connections');

    const { Parameter } = await get(store, `${root}/zoho/table`);
    const missing = get(store, `${root}/zoho/key`);

    expect(Parameter).toMatchObject({ Type: 'String', Value: 'Connections', Version: 1 });
    await expect(missing).rejects.toMatchObject({ name: 'ParameterNotFound' });
  },
  'several are found by their names, and those that do not exist are listed': async (store, root) => {
    const names = [`${root}/zoho/table`, `${root}/zoho/key`];
    await store.put(`${root}/zoho/table`, 'Connections');

    const { Parameters, InvalidParameters } = await store.client.send(
      new GetParametersCommand({ Names: names }),
    );

    expect(Parameters?.map(({ Value }) => Value)).toEqual(['Connections']);
    expect(InvalidParameters).toEqual([`${root}/zoho/key`]);
  },
};

function list(
  { client }: ParametersUnderTest,
  request: ConstructorParameters<typeof GetParametersByPathCommand>[0],
) {
  return client.send(new GetParametersByPathCommand(request));
}

function get({ client }: ParametersUnderTest, Name: string) {
  return client.send(new GetParameterCommand({ Name }));
}
