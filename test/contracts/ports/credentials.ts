import { expect } from 'vitest';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { secretText } from '../../../sandbox/aws/secret-record.ts';
import { credentialsSecret } from '../../support/builders.ts';
import { CODE_OF_FAULT, endOf, failureCodeOf, never } from './calls.ts';
import { fact, type PortFact, type PortsUnderTest } from './contract.ts';

const TEXT = credentialsSecret().reveal();
const FIRST = 'credentials-version-1'.padEnd(36, '-');
const SECOND = 'credentials-version-2'.padEnd(36, '-');

/** Facts about the credentials world.secrets. */
export const credentialsStoreFacts: readonly PortFact[] = [
  fact('a secret without a value is empty', async (world) => {
    world.secrets.create({ name: world.secretOf('credentials') });

    expect(await read(world)).toEqual({ kind: 'empty' });
  }),
  fact('the stored text is read unchanged, with the id of its version', async (world) => {
    store(world);

    const stored = await read(world);

    expect(stored).toEqual({ kind: 'found', versionId: FIRST, text: expect.any(Redacted) });
    expect(stored.kind === 'found' && stored.text.reveal()).toBe(TEXT);
  }),
  fact('new credentials are read at once, with the id of the new version', async (world) => {
    store(world);
    storeAgain(world, '{"new": "…😀"}');

    const stored = await read(world);

    expect(stored).toMatchObject({ kind: 'found', versionId: SECOND });
    expect(stored.kind === 'found' && stored.text.reveal()).toBe('{"new": "…😀"}');
  }),
  fact('only the current version is read', async (world) => {
    store(world);
    storeAgain(world, '{}', ['CANDIDATE']);

    expect(await read(world)).toMatchObject({ versionId: FIRST });
  }),
  fact('the same credentials stored again are another version', async (world) => {
    store(world);
    storeAgain(world, TEXT);

    expect(await read(world)).toMatchObject({ versionId: SECOND });
  }),
  fact('a binary value is read as an empty text', async (world) => {
    const value = { kind: 'binary', base64: Buffer.from(TEXT).toString('base64') } as const;
    world.secrets.create({ name: world.secretOf('credentials'), value, token: FIRST });

    const stored = await read(world);

    expect(stored.kind === 'found' && stored.text.reveal()).toBe('');
  }),
  fact('a secret that does not exist is denied, as IAM does it', async (world) => {
    expect(await failureCodeOf(read(world))).toBe('aws_access_denied');
  }),
  fact('a secret that is being deleted is an error of its own', async (world) => {
    store(world);
    world.secrets.scheduleDeletion(world.secretOf('credentials'));

    expect(await failureCodeOf(read(world))).toBe('secret_being_deleted');
  }),
  ...(['denied', 'error without effect'] as const).map(
    (fault): PortFact =>
      fact(`a read that fails with "${fault}" is an AWS error`, async (world) => {
        store(world);
        world.failNext('GetSecretValue', fault);

        const failure = await failureCodeOf(read(world));

        expect(failure).toBe(CODE_OF_FAULT[fault]);
      }),
  ),
  fact('a read whose answer is lost returns the same on the retry', async (world) => {
    store(world);
    world.failNext('GetSecretValue', 'answer lost, tried again');

    expect(await read(world)).toMatchObject({ versionId: FIRST });
  }),
  fact('a read without an answer ends with its signal, as an AWS error', async (world) => {
    store(world);
    world.failNext('GetSecretValue', 'no answer');
    const signal = world.clock.abortAfter(45_000);

    const { isOnTime, outcome } = await endOf(world, 45_000, ({ credentials }) =>
      credentials.read('crm-prod', signal),
    );

    expect(isOnTime).toBe(true);
    expect(await failureCodeOf(outcome)).toBe('aws_unavailable');
  }),
];

/** Stores the first version. */
function store({ secrets, secretOf }: PortsUnderTest): void {
  secrets.create({ name: secretOf('credentials'), value: secretText(TEXT), token: FIRST });
}

/** Stores the second version, by default as the current one. */
function storeAgain({ secrets, secretOf }: PortsUnderTest, text: string, stages?: string[]): void {
  secrets.put(secretOf('credentials'), { value: secretText(text), token: SECOND, ...(stages && { stages }) });
}

function read({ ports }: PortsUnderTest) {
  return ports.credentials.read('crm-prod', never());
}
