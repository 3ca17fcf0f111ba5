import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test, vi } from 'vitest';
import { createRotatedCredentials } from '../../../../lambdas/refresher/adapters/rotated-credentials.ts';
import { credentialsSecret } from '../../../support/builders.ts';

const SECRET = 'zoho/crm-prod/credentials';
const { signal } = new AbortController();
const awsError = (name: string, message = '') => Object.assign(new Error(message), { name });
const MOVED = awsError('InvalidParameterException', 'AWSCURRENT is not attached to this version');

type Action = 'PutSecretValue' | 'GetSecretValue' | 'UpdateSecretVersionStage';

/** Secrets Manager with an answer for each action. An error is thrown. */
function secretsWith(answers: Partial<Record<Action, object>>) {
  const client = new SecretsManagerClient({ region: 'eu-west-1' });
  const asked: { action: string; input: object; options: unknown }[] = [];
  vi.spyOn(client, 'send').mockImplementation((command, options) => {
    const action = command.constructor.name.replace('Command', '') as Action;
    asked.push({ action, input: command.input, options });
    const answer = answers[action] ?? {};
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  const store = createRotatedCredentials(client, 'zoho');
  return {
    asked,
    actions: () => asked.map(({ action }) => action),
    store: (abortSignal = signal) =>
      store.store(
        { connection: 'crm-prod', generation: 8, text: credentialsSecret(), usedVersionId: 'used' },
        abortSignal,
      ),
    recover: () => store.recover('crm-prod', 'refused', signal),
  };
}

describe('a rotated refresh token', () => {
  test('is stored with a label of its own, and then replaces the version that was used', async () => {
    const { asked, store } = secretsWith({});

    const result = await store();

    expect(result).toEqual({ kind: 'current', versionId: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const { versionId } = result as { versionId: string };
    expect(asked.map(({ action, input }) => [action, input])).toEqual([
      [
        'PutSecretValue',
        {
          SecretId: SECRET,
          ClientRequestToken: versionId,
          SecretString: credentialsSecret().reveal(),
          VersionStages: ['ROTATED'],
        },
      ],
      [
        'UpdateSecretVersionStage',
        {
          SecretId: SECRET,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: versionId,
          RemoveFromVersionId: 'used',
        },
      ],
    ]);
    expect(asked.map(({ options }) => options)).toEqual([{ abortSignal: signal }, { abortSignal: signal }]);
  });

  test('counts if only the answer to its move was lost', async () => {
    const first = secretsWith({});
    const { versionId } = (await first.store()) as { versionId: string };

    const { store } = secretsWith({
      UpdateSecretVersionStage: MOVED,
      GetSecretValue: { VersionId: versionId },
    });

    expect(await store()).toEqual({ kind: 'current', versionId });
  });

  test.each([
    ['an operator has stored others', { VersionId: 'of-an-operator' }],
    [
      'there are none any more',
      awsError('ResourceNotFoundException', "can't find the specified secret value"),
    ],
  ])('does not replace other credentials: %s', async (_, GetSecretValue) => {
    const { store, actions } = secretsWith({ UpdateSecretVersionStage: MOVED, GetSecretValue });

    expect(await store()).toEqual({ kind: 'superseded' });
    expect(actions()).toEqual(['PutSecretValue', 'UpdateSecretVersionStage', 'GetSecretValue']);
  });

  test('is in doubt while a read still shows the version from which the label was moved', async () => {
    const { store } = secretsWith({ UpdateSecretVersionStage: MOVED, GetSecretValue: { VersionId: 'used' } });

    await expect(store()).rejects.toMatchObject({
      code: 'aws_unavailable',
      message: `AWSCURRENT of ${SECRET} was moved, and the read that should show it is stale.`,
    });
  });

  test.each([
    ['PutSecretValue', 'AccessDeniedException', 'aws_access_denied'],
    ['UpdateSecretVersionStage', 'ThrottlingException', 'aws_throttled'],
  ] as const)('that cannot be stored is an error of AWS: %s, %s', async (action, name, code) => {
    const { store } = secretsWith({ [action]: awsError(name) });

    await expect(store()).rejects.toMatchObject({
      code,
      call: { action: `secretsmanager:${action}`, resource: SECRET },
    });
  });
});

describe('the successor of refused credentials', () => {
  const SUCCESSOR = {
    VersionId: 'rotated',
    SecretString: credentialsSecret({ rotated_from: 'refused' }).reveal(),
  };

  test('is the version with the label of its own, which becomes current', async () => {
    const { asked, recover } = secretsWith({ GetSecretValue: SUCCESSOR });

    expect(await recover()).toEqual({ kind: 'current', versionId: 'rotated' });
    expect(asked).toMatchObject([
      {
        input: { SecretId: SECRET, VersionStage: 'ROTATED' },
        options: { abortSignal: signal },
      },
      { input: { MoveToVersionId: 'rotated', RemoveFromVersionId: 'refused' } },
    ]);
  });

  test.each([
    ['replaces other credentials', { ...SUCCESSOR, SecretString: '{"rotated_from":"another"}' }],
    ['is empty', { VersionId: 'rotated' }],
    ['has no ID', { SecretString: SUCCESSOR.SecretString }],
    ['does not exist', awsError('ResourceNotFoundException', "can't find the specified secret value")],
  ])('is none if that version %s', async (_, GetSecretValue) => {
    const { recover, actions } = secretsWith({ GetSecretValue });

    expect(await recover()).toEqual({ kind: 'none' });
    expect(actions()).toEqual(['GetSecretValue']);
  });

  test('that cannot be read is an error of AWS', async () => {
    const { recover } = secretsWith({ GetSecretValue: awsError('AccessDeniedException') });

    await expect(recover()).rejects.toMatchObject({
      code: 'aws_access_denied',
      call: { action: 'secretsmanager:GetSecretValue', resource: SECRET },
    });
  });
});
