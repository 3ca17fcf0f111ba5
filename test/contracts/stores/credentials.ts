import { expect } from 'vitest';
import { InfrastructureError } from '../../../lambdas/core/failures.ts';
import { credentialsSecret } from '../../support/builders.ts';
import { differsOnMoto } from '../moto-differs.ts';
import { never, type StoreFacts } from './contract.ts';

const CREDENTIALS = credentialsSecret().reveal();

/** Facts about the credentials of a store. */
export const credentialsFacts: StoreFacts = {
  'credentials are empty before the first authorization': differsOnMoto(
    'says that the secret itself can not be found',
    async ({ ports, newConnection }) => {
      expect(await ports.credentials.read(await newConnection(), never)).toEqual({ kind: 'empty' });
    },
    'Secrets Manager',
  ),
  'credentials are read unchanged, with the id of their version': async (store) => {
    const connection = await store.newConnection();
    const versionId = await store.storeCredentials(connection, CREDENTIALS);

    const stored = await store.ports.credentials.read(connection, never);

    expect(stored).toMatchObject({ kind: 'found', versionId });
    expect(stored.kind === 'found' && stored.text.reveal()).toBe(CREDENTIALS);
  },
  'credentials are replaced when Zoho rotates the refresh token that was used': async (store) => {
    const { credentials, rotatedCredentials } = store.ports;
    const connection = await store.newConnection();
    const used = await store.storeCredentials(connection, CREDENTIALS);

    const result = await rotatedCredentials.store(rotation(connection, used), never);

    expect(result).toMatchObject({ kind: 'current' });
    expect(await credentials.read(connection, never)).toMatchObject({
      versionId: result.kind === 'current' && result.versionId,
    });
  },
  'credentials that an operator has stored meanwhile stay': async (store) => {
    const { credentials, rotatedCredentials } = store.ports;
    const connection = await store.newConnection();
    const used = await store.storeCredentials(connection, CREDENTIALS);
    const operators = await store.storeCredentials(connection, '{"by":"the operator"}');

    expect(await rotatedCredentials.store(rotation(connection, used), never)).toEqual({ kind: 'superseded' });
    expect(await credentials.read(connection, never)).toMatchObject({ versionId: operators });
  },
  'credentials are stored although the answer was lost, and are found again after the old ones were refused':
    async (store) => {
      const { rotatedCredentials } = store.ports;
      const connection = await store.newConnection();
      const used = await store.storeCredentials(connection, CREDENTIALS);
      store.loseAnswer();

      const stored = await rotatedCredentials.store(rotation(connection, used), never);

      expect(stored).toMatchObject({ kind: 'current' });
      expect(await rotatedCredentials.recover(connection, used, never)).toEqual(stored);
    },
  'credentials that are not stored leave the ones before': async (store) => {
    const { credentials, rotatedCredentials } = store.ports;
    const connection = await store.newConnection();
    const used = await store.storeCredentials(connection, CREDENTIALS);
    store.failWrites('AccessDeniedException');

    const storing = rotatedCredentials.store(rotation(connection, used), never);

    await expect(storing).rejects.toBeInstanceOf(InfrastructureError);
    expect(await credentials.read(connection, never)).toMatchObject({ versionId: used });
  },
};

function rotation(connection: string, usedVersionId: string) {
  return {
    connection,
    generation: 3,
    text: credentialsSecret({ refresh_token: '1000.rotated', rotated_from: usedVersionId }),
    usedVersionId,
  };
}
