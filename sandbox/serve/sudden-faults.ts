import type { Clock } from '../../lambdas/core/ports.ts';
import type { LocalDeployment } from '../deployment/local-deployment.ts';
import type { ClientCredentials } from '../zoho/zoho-simulator.ts';
import type { SuddenFault } from './fault-requests.ts';

/** What a fault has done, and what the API console would show. */
export type Happened = { readonly done: string } & Partial<ClientCredentials>;

/** Lets a user of Zoho revoke something, or regenerate a secret. Throws an error that says why it cannot. */
export function happen(deployment: LocalDeployment<Clock>, fault: SuddenFault): Happened {
  const { connection } = fault;
  const { store } = deployment.aws.secretsManager;
  const jsonOf = (secret: string): Record<string, string> | undefined => {
    const text = store.find(secret) === undefined ? undefined : store.currentText(secret);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const token = jsonOf(`zoho/${connection}/access-token`);
  const credentials = jsonOf(`zoho/${connection}/credentials`);
  if (token === undefined || credentials === undefined) {
    throw new Error(
      `There is no connection ${JSON.stringify(connection.slice(0, 64))} with a token. Wait for its first refresh, or authorize it: zoho-tokens status`,
    );
  }
  switch (fault.kind) {
    case 'revoke-token':
      deployment.zoho.forget(token.access_token ?? '');
      return {
        done: `Zoho rejects the published token of ${connection}.${ofYoung(token, deployment.clock.now())}`,
      };
    case 'revoke-authorization':
      deployment.zoho.revoke(credentials.refresh_token ?? '');
      return {
        done: `Zoho rejects the refresh token of ${connection} and all its access tokens. To repair: zoho-tokens authorize ${connection}`,
      };
    case 'regenerate-secret': {
      const { client } = credentials;
      const { client_id: clientId } =
        client === undefined ? credentials : (jsonOf(`zoho/${client}/client`) ?? {});
      if (clientId === undefined) throw new Error(`The client of ${connection} is not known.`);
      const { keepsOld = false } = fault;
      const repair =
        client === undefined
          ? 'docs/runbooks/ClientSecretRegenerated.md'
          : `zoho-tokens client rotate ${client}`;
      return {
        done: `The client of ${connection} has a new secret. Zoho ${keepsOld ? 'still accepts' : 'refuses'} the old one. To repair: ${repair}`,
        ...deployment.zoho.regenerateSecret(clientId, { keepsOld }),
      };
    }
  }
}

/** As the client has it. */
const YOUNG_S = 30;

/** Says that a new process does not ask for another token yet, if that is so. */
function ofYoung({ issued_at: issuedAt = '' }: Record<string, string>, nowMs: number): string {
  const ageS = Math.floor((nowMs - Date.parse(issuedAt)) / 1000);
  return ageS >= 0 && ageS < YOUNG_S
    ? ` It is ${ageS} s old: a process that has not used it yet asks for another one in ${YOUNG_S - ageS} s.`
    : '';
}
