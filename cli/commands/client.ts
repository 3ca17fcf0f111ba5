import { Argument, type Command, Option } from 'commander';
import { DATA_CENTER_LOCATIONS, type DataCenterLocation } from '../../lambdas/core/zoho/data-centers.ts';
import { CliError } from '../cli-error.ts';
import { readNewClient, readNewSecret } from '../clients/client-input.ts';
import { findClientSecret, requireClientName } from '../clients/find-client-secret.ts';
import { isRefused, type ListedClient, listClients } from '../clients/list-clients.ts';
import { ownTags } from '../connections/connection-tags.ts';
import type { ExitCode } from '../exit-code.ts';
import { refreshAndReport } from '../refresher/refresh-and-report.ts';
import type { Session } from '../session.ts';
import type { Runner } from './runner.ts';

interface ClientOptions {
  readonly dataCenter?: DataCenterLocation;
  readonly replace?: boolean;
  readonly json?: boolean;
}

/** `client add|rotate|list`: clients of Zoho that several connections share. */
export function addClient(program: Command, run: Runner): void {
  program
    .command('client')
    .description('share a client between connections, and rotate its secret')
    .addArgument(new Argument('<action>', 'what to do').choices(['add', 'rotate', 'list']))
    .argument('[name]', 'client')
    .addOption(
      new Option(
        '--data-center <location>',
        'add: where the client is registered; rotate: whose secret is new',
      ).choices(DATA_CENTER_LOCATIONS),
    )
    .option('--replace', 'add: replace a client of this name')
    .option('--json', 'list: print JSON')
    .addHelpText(
      'after',
      `
The id and the secret are asked for, or read from ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET, or from stdin as
{"client_id","client_secret"}. A client with a secret for each data center is piped in with
"client_secrets":{"eu":"…","us":"…"}.

rotate stores the new secret beside the old one. The refresher uses the old one until Zoho refuses it,
tries the new one then, and makes it the current one for all connections of the client.

Examples:
  zoho-tokens client add acme-app --data-center eu
  zoho-tokens authorize crm-prod --client acme-app
  zoho-tokens client rotate acme-app
  zoho-tokens client list`,
    )
    .action(
      run(
        async (
          session,
          action: 'add' | 'rotate' | 'list',
          name: string | undefined,
          options: ClientOptions,
        ) => {
          if (action === 'list') return await list(session, options);
          const client = requireClientName(name);
          return await (action === 'add' ? add : rotate)(session, client, options);
        },
      ),
    );
}

async function add(
  session: Session,
  name: string,
  { dataCenter, replace = false }: ClientOptions,
): Promise<ExitCode> {
  const tags = ownTags(await session.deployment());
  const secrets = await session.secrets();
  const before = await secrets.describe(name, 'client');
  if (before !== undefined && !replace)
    throw new CliError(
      `There is a client ${name} already${before.deletedAtMs === undefined ? '' : ', scheduled for deletion'}.`,
      `To change its secret, run: zoho-tokens client rotate ${name}. To replace it at once, add --replace.`,
    );
  const value = await readNewClient(session, name, dataCenter);
  if (before?.deletedAtMs !== undefined) await secrets.restore(name, 'client');
  if (before === undefined) await secrets.create(name, 'client', { tags, value });
  else await secrets.writeClient(name, value, 'AWSCURRENT');
  session.runtime.terminal.print(
    [
      `stored: the client ${name}, in ${secrets.nameOf(name, 'client')}`,
      `  To authorize a connection with it, run: zoho-tokens authorize NAME --client ${name}`,
    ].join('\n'),
  );
  return 0;
}

async function rotate(session: Session, name: string, { dataCenter }: ClientOptions): Promise<ExitCode> {
  const { terminal } = session.runtime;
  await session.deployment();
  const secrets = await session.secrets();
  const { current } = await findClientSecret(session, name);
  const text = await readNewSecret(session, name, current.text, dataCenter);
  await secrets.writeClient(name, text, 'AWSPENDING');
  const rows = (await session.list()).flatMap((row) =>
    'malformed' in row || row.client !== name ? [] : [row],
  );
  const isSame = text.reveal() === current.text.reveal();
  terminal.print(
    isSame
      ? `stored: this is the current secret of ${name}, so there is nothing to rotate.`
      : `stored: the new secret of ${name}, for ${rows.length} connections. The refresher uses it as soon as Zoho refuses the old one.`,
  );
  const waiting = rows.filter(isRefused);
  let live = 0;
  for (const row of waiting) if (await refreshAndReport(session, row.name)) live += 1;
  return live === waiting.length ? 0 : 1;
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
    `${client}  ${dataCenter ?? 'its secret cannot be used'}${secrets === undefined ? '' : `, ${secrets} secret`.replace('each data center secret', 'each data center')}, ${connections.length} connections`,
    ...(connections.length === 0 ? [] : [`  connections: ${connections.join(', ')}`]),
    ...(isRotationPending ? ['  a new secret is stored; it is used when Zoho refuses the current one'] : []),
    ...(refused.length === 0
      ? []
      : [`  refused: ${refused.join(', ')}. Run: zoho-tokens client rotate ${client}`]),
  ].join('\n');
}
