import { Argument, type Command, Option } from 'commander';
import { DATA_CENTER_LOCATIONS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { addClient as add } from '../clients/add-client.ts';
import { requireClientName } from '../clients/find-client-secret.ts';
import { type ListedClient, listClients } from '../clients/list-clients.ts';
import { removeClient as remove } from '../clients/remove-client.ts';
import { rotateClient as rotate } from '../clients/rotate-client.ts';
import type { ExitCode } from '../exit-code.ts';
import { firstNames } from '../reports/first-names.ts';
import { RECOVERY_DAYS } from '../secrets/connection-secrets.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface ClientOptions {
  readonly dataCenter?: DataCenterLocation;
  readonly replace?: boolean;
  readonly json?: boolean;
  readonly confirm?: string;
}

const ACTIONS = ['add', 'rotate', 'list', 'remove'] as const;
type Action = (typeof ACTIONS)[number];

/** `client add|rotate|list|remove`: clients of Zoho that several connections share. */
export function addClient(program: Command, run: Runner): void {
  program
    .command('client')
    .description('share a client between connections, and rotate its secret')
    .addArgument(new Argument('<action>', 'what to do').choices(ACTIONS))
    .argument('[name]', 'client')
    .addOption(
      new Option(
        '--data-center <location>',
        'add: where the client is registered; rotate: whose secret is new',
      ).choices(DATA_CENTER_LOCATIONS),
    )
    .option('--replace', 'add: replace a client of this name')
    .option('--confirm <name>', 'remove: the name again, instead of a question')
    .option('--json', 'list: print JSON')
    .addHelpText(
      'after',
      `
The id and the secret are asked for, or read from ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET, or from stdin as
{"client_id","client_secret"}. A client with a secret for each data center is piped in with
"client_secrets":{"eu":"…","us":"…"}.

rotate stores the new secret beside the old one. The refresher uses the old one until Zoho refuses it,
tries the new one then, and makes it the current one for all connections of the client.

remove refuses while connections use the client. It deletes the secret in AWS after ${RECOVERY_DAYS} days; at
Zoho the client stays registered.

Examples:
  zoho-tokens client add acme-app --data-center eu
  zoho-tokens authorize crm-prod --client acme-app
  zoho-tokens client rotate acme-app
  zoho-tokens client list
  zoho-tokens client remove acme-app --confirm acme-app`,
    )
    .action(
      run(async (session, action: Action, name: string | undefined, options: ClientOptions) => {
        if (action === 'list') return await list(session, options);
        return await { add, rotate, remove }[action](session, requireClientName(name), options);
      }),
    );
}

async function list(session: Session, { json = false }: ClientOptions): Promise<ExitCode> {
  const { terminal } = session.runtime;
  const clients = await listClients(session);
  if (json) terminal.print(JSON.stringify({ clients }, undefined, 2));
  else if (clients.length === 0)
    terminal.print('There are no shared clients. To add one, run: zoho-tokens client add');
  else terminal.print(clients.map(describe).join('\n'));
  return clients.some(({ refused }) => refused.length > 0) ? 1 : 0;
}

function describe({
  client,
  dataCenter,
  secrets,
  connections,
  refused,
  isRotationPending,
}: ListedClient): string {
  return [
    `${client}  ${dataCenter ?? 'its secret cannot be used'}${secrets === undefined ? '' : `, ${secrets} secret`.replace('each data center secret', 'each data center')}, ${connections.length === 1 ? '1 connection' : `${connections.length} connections`}`,
    ...(connections.length === 0 ? [] : [`  connections: ${firstNames(connections)}`]),
    ...(isRotationPending ? ['  a new secret is stored; it is used when Zoho refuses the current one'] : []),
    ...(refused.length === 0
      ? []
      : [`  refused: ${firstNames(refused)}. ${adviseOnRefused(client, isRotationPending)}`]),
  ].join('\n');
}

function adviseOnRefused(client: string, isRotationPending: boolean): string {
  const command = `zoho-tokens client rotate ${client}`;
  return isRotationPending
    ? `The new secret is tried within minutes. If Zoho refuses it as well, copy it again, and run: ${command}`
    : `Run: ${command}`;
}
