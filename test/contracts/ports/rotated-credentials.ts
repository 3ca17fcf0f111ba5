import { expect } from 'vitest';
import { Redacted } from '../../../lambdas/core/redacted.ts';
import { secretText, stagesOf } from '../../../sandbox/aws/secret-record.ts';
import { credentialsSecret } from '../../support/builders.ts';
import { CODE_OF_FAULT, failureCodeOf, never } from './calls.ts';
import { type AwsOperation, fact, type PortFact, type PortsUnderTest } from './contract.ts';

const USED = 'credentials-version-1'.padEnd(36, '-');
const OPERATORS = 'credentials-version-2'.padEnd(36, '-');
const ROTATED = credentialsSecret({ refresh_token: '1000.rotated', rotated_from: USED });

const PUT = 'PutSecretValue' satisfies AwsOperation;
const MOVE = 'UpdateSecretVersionStage' satisfies AwsOperation;

/** Facts about the credentials secrets when Zoho rotates a refresh token. */
export const rotatedCredentialsFacts: readonly PortFact[] = [
  fact('a rotated refresh token becomes current, in one new version', async (world) => {
    authorize(world);

    const result = await store(world);

    expect(result).toEqual({ kind: 'current', versionId: currentVersion(world) });
    expect(world.secrets.currentText(secret(world))).toBe(ROTATED.reveal());
    expect(versions(world)).toHaveLength(2);
  }),
  fact(
    'the version has the label ROTATED as well, and the one before is kept as AWSPREVIOUS',
    async (world) => {
      authorize(world);
      await store(world);

      const record = world.secrets.get(secret(world));

      expect(stagesOf(record, USED)).toEqual(['AWSPREVIOUS']);
      expect(stagesOf(record, currentVersion(world) ?? '')).toEqual(['AWSCURRENT', 'ROTATED']);
    },
  ),
  fact('credentials that an operator has stored meanwhile stay', async (world) => {
    authorize(world);
    authorizeAgain(world);

    expect(await store(world)).toEqual({ kind: 'superseded' });
    expect(currentVersion(world)).toBe(OPERATORS);
  }),
  fact('a second rotation takes the label from the first', async (world) => {
    authorize(world);
    await store(world);
    const first = currentVersion(world) ?? '';

    await world.ports.rotatedCredentials.store(
      { connection: 'crm-prod', generation: 9, text: ROTATED, usedVersionId: first },
      never(),
    );

    expect(stagesOf(world.secrets.get(secret(world)), first)).toEqual(['AWSPREVIOUS']);
  }),
  ...(['denied', 'throttled', 'error without effect'] as const).map(
    (fault): PortFact =>
      fact(`a put that fails with "${fault}" leaves the credentials as they are`, async (world) => {
        authorize(world);
        world.failNext(PUT, fault);

        expect(await failureCodeOf(store(world))).toBe(CODE_OF_FAULT[fault]);
        expect(versions(world)).toHaveLength(1);
      }),
  ),
  fact('a put whose answer is lost is repeated without a second version', async (world) => {
    authorize(world);
    world.failNext(PUT, 'answer lost, tried again');

    expect(await store(world)).toEqual({ kind: 'current', versionId: currentVersion(world) });
    expect(versions(world)).toHaveLength(2);
  }),
  fact('a move whose answer is lost is seen to have succeeded', async (world) => {
    authorize(world);
    world.failNext(MOVE, 'answer lost, tried again');

    expect(await store(world)).toEqual({ kind: 'current', versionId: currentVersion(world) });
    expect(world.secrets.currentText(secret(world))).toBe(ROTATED.reveal());
  }),
  fact(
    'a refresh token that was stored and not made current is found when the old one is refused',
    async (world) => {
      authorize(world);
      world.failNext(MOVE, 'error without effect');
      await failureCodeOf(store(world));
      expect(currentVersion(world)).toBe(USED);

      expect(await recover(world)).toEqual({ kind: 'current', versionId: currentVersion(world) });
      expect(world.secrets.currentText(secret(world))).toBe(ROTATED.reveal());
    },
  ),
  fact('one that was made current is found too: the read of the old one may be late', async (world) => {
    authorize(world);
    await store(world);

    expect(await recover(world)).toEqual({ kind: 'current', versionId: currentVersion(world) });
  }),
  fact('one that replaced another version is not used', async (world) => {
    authorize(world);
    world.failNext(MOVE, 'error without effect');
    await failureCodeOf(store(world));
    authorizeAgain(world);

    expect(await recover(world, OPERATORS)).toEqual({ kind: 'none' });
    expect(currentVersion(world)).toBe(OPERATORS);
  }),
  fact('one never replaces credentials that an operator has stored since', async (world) => {
    authorize(world);
    world.failNext(MOVE, 'error without effect');
    await failureCodeOf(store(world));
    authorizeAgain(world);

    expect(await recover(world)).toEqual({ kind: 'superseded' });
    expect(currentVersion(world)).toBe(OPERATORS);
  }),
  fact('without a stored refresh token there is none to find', async (world) => {
    authorize(world);

    expect(await recover(world)).toEqual({ kind: 'none' });
  }),
  fact('a version of the label that is no credentials is ignored', async (world) => {
    authorize(world);
    world.secrets.put(secret(world), { value: secretText('['), stages: ['ROTATED'] });

    expect(await recover(world)).toEqual({ kind: 'none' });
  }),
  fact('a search that is denied is an AWS error', async (world) => {
    authorize(world);
    world.failNext('GetSecretValue', 'denied');

    expect(await failureCodeOf(recover(world))).toBe('aws_access_denied');
  }),
];

function secret({ secretOf }: PortsUnderTest): string {
  return secretOf('credentials');
}

function authorize(world: PortsUnderTest): void {
  const value = secretText(credentialsSecret().reveal());
  world.secrets.create({ name: secret(world), value, token: USED });
}

/** As `zoho-tokens authorize` does. */
function authorizeAgain(world: PortsUnderTest): void {
  const value = secretText(credentialsSecret({ refresh_token: '1000.operators' }).reveal());
  world.secrets.put(secret(world), { value, token: OPERATORS });
}

function store({ ports }: PortsUnderTest) {
  const rotated = { connection: 'crm-prod', generation: 8, text: new Redacted(ROTATED.reveal()) };
  return ports.rotatedCredentials.store({ ...rotated, usedVersionId: USED }, never());
}

function recover({ ports }: PortsUnderTest, refusedVersionId = USED) {
  return ports.rotatedCredentials.recover('crm-prod', refusedVersionId, never());
}

function currentVersion(world: PortsUnderTest): string | undefined {
  return world.secrets.get(secret(world)).stages.get('AWSCURRENT');
}

function versions(world: PortsUnderTest): readonly string[] {
  return [...world.secrets.get(secret(world)).versions.keys()];
}
