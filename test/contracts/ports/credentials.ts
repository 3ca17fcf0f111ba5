import { expect } from 'vitest';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { secretText } from '../../../sandbox/aws/secret-record.ts';
import { credentialsSecret } from '../../support/builders.ts';
import { CODE_OF_TROUBLE, failureCodeOf, never } from './calls.ts';
import { fact, type PortFact } from './contract.ts';

const TEXT = credentialsSecret().reveal();
const FIRST = 'credentials-version-1'.padEnd(36, '-');
const SECOND = 'credentials-version-2'.padEnd(36, '-');

/** Facts about the credentials secrets. */
export const credentialsStoreFacts: readonly PortFact[] = [
  fact('a secret that never had a value is empty', async ({ ports, secrets, secretOf }) => {
    secrets.create({ name: secretOf('credentials') });

    expect(await ports.credentials.read('crm-prod', never())).toEqual({ kind: 'empty' });
  }),
  fact('what was put is found as it is, with the id of its version', async ({ ports, secrets, secretOf }) => {
    secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });

    const stored = await ports.credentials.read('crm-prod', never());

    expect(stored).toEqual({ kind: 'found', versionId: FIRST, text: expect.any(Redacted) });
    expect(stored.kind === 'found' && stored.text.reveal()).toBe(TEXT);
  }),
  fact(
    'new credentials are found at once, with the id of the new version',
    async ({ ports, secrets, secretOf }) => {
      secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });
      secrets.put(secretOf('credentials'), { value: secretText('{"new": "…😀"}'), token: SECOND });

      const stored = await ports.credentials.read('crm-prod', never());

      expect(stored).toMatchObject({ kind: 'found', versionId: SECOND });
      expect(stored.kind === 'found' && stored.text.reveal()).toBe('{"new": "…😀"}');
    },
  ),
  fact('what stands beside the current version is not read', async ({ ports, secrets, secretOf }) => {
    secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });
    const candidate = { value: secretText('{}'), token: SECOND, stages: ['CANDIDATE'] };
    secrets.put(secretOf('credentials'), candidate);

    expect(await ports.credentials.read('crm-prod', never())).toMatchObject({ versionId: FIRST });
  }),
  fact('the same credentials put again are another version', async ({ ports, secrets, secretOf }) => {
    secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });
    secrets.put(secretOf('credentials'), { value: secretText(TEXT), token: SECOND });

    expect(await ports.credentials.read('crm-prod', never())).toMatchObject({ versionId: SECOND });
  }),
  fact('a binary value holds no text', async ({ ports, secrets, secretOf }) => {
    const value = { kind: 'binary', base64: Buffer.from(TEXT).toString('base64') } as const;
    secrets.create({ name: secretOf('credentials'), value, token: FIRST });

    const stored = await ports.credentials.read('crm-prod', never());

    expect(stored.kind === 'found' && stored.text.reveal()).toBe('');
  }),
  fact('a secret that does not exist is an error, not an empty one', async ({ ports }) => {
    expect(await failureCodeOf(ports.credentials.read('crm-prod', never()))).toBe('aws_not_found');
  }),
  fact('a secret that is being deleted says so', async ({ ports, secrets, secretOf }) => {
    secrets.create({ name: secretOf('credentials'), value: secretText(TEXT) });
    secrets.scheduleDeletion(secretOf('credentials'));

    expect(await failureCodeOf(ports.credentials.read('crm-prod', never()))).toBe('secret_being_deleted');
  }),
  ...(['denied', 'error without effect'] as const).map(
    (trouble): PortFact =>
      fact(
        `a read that ends with "${trouble}" is an error of AWS`,
        async ({ ports, secrets, secretOf, strikeNext }) => {
          secrets.create({ name: secretOf('credentials'), value: secretText(TEXT) });
          strikeNext('GetSecretValue', trouble);

          const failure = await failureCodeOf(ports.credentials.read('crm-prod', never()));

          expect(failure).toBe(CODE_OF_TROUBLE[trouble]);
        },
      ),
  ),
  fact(
    'a read whose answer is lost finds the same when the SDK tries again',
    async ({ ports, secrets, secretOf, strikeNext }) => {
      secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });
      strikeNext('GetSecretValue', 'answer lost, tried again');

      expect(await ports.credentials.read('crm-prod', never())).toMatchObject({ versionId: FIRST });
    },
  ),
  fact(
    'a read that is not answered ends with its signal, as an error of AWS',
    async ({ begin, passTime, clock, secrets, secretOf, strikeNext }) => {
      secrets.create({ name: secretOf('credentials'), value: secretText(TEXT) });
      strikeNext('GetSecretValue', 'no answer');
      const signal = clock.abortAfter(45_000);

      const call = await begin(({ credentials }) => credentials.read('crm-prod', signal));
      await passTime(44_999);
      const isOverBefore = call.isOver();
      await passTime(1);

      expect(isOverBefore).toBe(false);
      expect(await failureCodeOf(call.outcome)).toBe('aws_unavailable');
    },
  ),
];
