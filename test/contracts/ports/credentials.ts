import { expect } from 'vitest';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { secretText } from '../../../sandbox/aws/secret-record.ts';
import { credentialsSecret } from '../../support/builders.ts';
import { CODE_OF_FAULT, endOf, failureCodeOf, never } from './calls.ts';
import { fact, type PortFact } from './contract.ts';

const TEXT = credentialsSecret().reveal();
const FIRST = 'credentials-version-1'.padEnd(36, '-');
const SECOND = 'credentials-version-2'.padEnd(36, '-');

/** Facts about the credentials secrets. */
export const credentialsStoreFacts: readonly PortFact[] = [
  fact('a secret without a value is empty', async ({ ports, secrets, secretOf }) => {
    secrets.create({ name: secretOf('credentials') });

    expect(await ports.credentials.read('crm-prod', never())).toEqual({ kind: 'empty' });
  }),
  fact(
    'the stored text is read unchanged, with the id of its version',
    async ({ ports, secrets, secretOf }) => {
      secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });

      const stored = await ports.credentials.read('crm-prod', never());

      expect(stored).toEqual({ kind: 'found', versionId: FIRST, text: expect.any(Redacted) });
      expect(stored.kind === 'found' && stored.text.reveal()).toBe(TEXT);
    },
  ),
  fact(
    'new credentials are read at once, with the id of the new version',
    async ({ ports, secrets, secretOf }) => {
      secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });
      secrets.put(secretOf('credentials'), { value: secretText('{"new": "…😀"}'), token: SECOND });

      const stored = await ports.credentials.read('crm-prod', never());

      expect(stored).toMatchObject({ kind: 'found', versionId: SECOND });
      expect(stored.kind === 'found' && stored.text.reveal()).toBe('{"new": "…😀"}');
    },
  ),
  fact('only the current version is read', async ({ ports, secrets, secretOf }) => {
    secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });
    const candidate = { value: secretText('{}'), token: SECOND, stages: ['CANDIDATE'] };
    secrets.put(secretOf('credentials'), candidate);

    expect(await ports.credentials.read('crm-prod', never())).toMatchObject({ versionId: FIRST });
  }),
  fact('the same credentials stored again are another version', async ({ ports, secrets, secretOf }) => {
    secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });
    secrets.put(secretOf('credentials'), { value: secretText(TEXT), token: SECOND });

    expect(await ports.credentials.read('crm-prod', never())).toMatchObject({ versionId: SECOND });
  }),
  fact('a binary value is read as an empty text', async ({ ports, secrets, secretOf }) => {
    const value = { kind: 'binary', base64: Buffer.from(TEXT).toString('base64') } as const;
    secrets.create({ name: secretOf('credentials'), value, token: FIRST });

    const stored = await ports.credentials.read('crm-prod', never());

    expect(stored.kind === 'found' && stored.text.reveal()).toBe('');
  }),
  fact('a secret that does not exist is an error, not an empty secret', async ({ ports }) => {
    expect(await failureCodeOf(ports.credentials.read('crm-prod', never()))).toBe('aws_not_found');
  }),
  fact('a secret that is being deleted is an error of its own', async ({ ports, secrets, secretOf }) => {
    secrets.create({ name: secretOf('credentials'), value: secretText(TEXT) });
    secrets.scheduleDeletion(secretOf('credentials'));

    expect(await failureCodeOf(ports.credentials.read('crm-prod', never()))).toBe('secret_being_deleted');
  }),
  ...(['denied', 'error without effect'] as const).map(
    (fault): PortFact =>
      fact(
        `a read that fails with "${fault}" is an AWS error`,
        async ({ ports, secrets, secretOf, failNext }) => {
          secrets.create({ name: secretOf('credentials'), value: secretText(TEXT) });
          failNext('GetSecretValue', fault);

          const failure = await failureCodeOf(ports.credentials.read('crm-prod', never()));

          expect(failure).toBe(CODE_OF_FAULT[fault]);
        },
      ),
  ),
  fact(
    'a read whose answer is lost returns the same on the retry',
    async ({ ports, secrets, secretOf, failNext }) => {
      secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });
      failNext('GetSecretValue', 'answer lost, tried again');

      expect(await ports.credentials.read('crm-prod', never())).toMatchObject({ versionId: FIRST });
    },
  ),
  fact('a read without an answer ends with its signal, as an AWS error', async (world) => {
    const { clock, secrets, secretOf, failNext } = world;
    secrets.create({ name: secretOf('credentials'), value: secretText(TEXT) });
    failNext('GetSecretValue', 'no answer');
    const signal = clock.abortAfter(45_000);

    const { isOnTime, outcome } = await endOf(world, 45_000, ({ credentials }) =>
      credentials.read('crm-prod', signal),
    );

    expect(isOnTime).toBe(true);
    expect(await failureCodeOf(outcome)).toBe('aws_unavailable');
  }),
];
