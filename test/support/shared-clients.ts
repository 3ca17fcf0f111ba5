import type { ClientCredentials, ClientRegistration } from '../../sandbox/zoho/zoho-simulator.ts';
import { authorizeInBrowser } from './consent-visitor.ts';
import { type OperatorDesk, SCOPE } from './operator-desk.ts';

/** Stores a shared client with `client add`. */
export async function addSharedClient(
  desk: OperatorDesk,
  name: string,
  registration: Partial<ClientRegistration> = {},
): Promise<ClientCredentials> {
  const client = desk.client(registration);
  await storeSharedClient(desk, name, client);
  return client;
}

/** The same for a client that is registered already. */
export async function storeSharedClient(
  desk: OperatorDesk,
  name: string,
  { clientId, clientSecret }: ClientCredentials,
): Promise<void> {
  const stdin = JSON.stringify({ client_id: clientId, client_secret: clientSecret });
  const { exitCode, stderr } = await desk.run(['client', 'add', name, '--data-center', 'eu'], { stdin });
  if (exitCode !== 0) throw new Error(stderr);
}

/** A declared connection with credentials of a shared client that is stored, and a token. */
export async function liveWith(
  desk: OperatorDesk,
  client: string,
  clientId: string,
): Promise<{ name: string; refreshToken: string }> {
  const name = desk.unregistered();
  const refreshToken = desk.zoho.grant({ clientId, dataCenter: 'eu', scope: SCOPE });
  desk.writeCredentials(
    name,
    JSON.stringify({ client, refresh_token: refreshToken, data_center: 'eu', scope: SCOPE }),
  );
  await desk.refresh(name);
  return { name, refreshToken };
}

/** Runs a command that opens a consent page, with a user at the browser and no client in the environment. */
export async function consentTo(
  desk: OperatorDesk,
  [command, name, ...args]: readonly [command: string, name: string, ...args: string[]],
  options: Parameters<typeof authorizeInBrowser>[2] = {},
) {
  return await authorizeInBrowser(desk, name, {
    ...{ command, args, environment: desk.server.environment },
    ...options,
  });
}
