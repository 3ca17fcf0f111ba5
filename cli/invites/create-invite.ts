import { MOST_CODES } from '../../lambdas/core/invites/client-codes.ts';
import type {
  CreatedInvite,
  CreateInviteRequest,
  InviteView,
} from '../../lambdas/core/invites/consent-requests.ts';
import { MANY_GRANTS } from '../../lambdas/core/invites/invite.ts';
import { parseScopes } from '../../lambdas/core/zoho/scopes.ts';
import { MOST_CONSENTS } from '../audit/consents.ts';
import { CliError, UsageError } from '../cli-error.ts';
import { findConnection } from '../connections/find-connection.ts';
import type { ExitCode } from '../exit-code.ts';
import { formatDuration } from '../reports/format-duration.ts';
import { listSecretsOf } from '../secrets/list-secrets.ts';
import type { Session } from '../session.ts';
import { changeInvite, requireConsent, sampleInvites } from './consent-api.ts';
import { composeInviteMessage } from './invite-message.ts';
import { type InviteOptions, type InviteRequest, parseInviteOptions } from './invite-options.ts';
import { argumentFor, isUsable } from './next-step.ts';

/**
 * Creates an invite, and prints a message with its link: once, to stdout. What the operator should know goes to stderr.
 */
export async function createInvite(
  session: Session,
  given: string,
  options: InviteOptions,
): Promise<ExitCode> {
  const request = parseInviteOptions(given, options);
  const { url } = await requireConsent(session);
  const { terminal, newState } = session.runtime;
  const completed = await complete(session, request);
  const [earlier, principal] = await Promise.all([sampleInvites(session), session.principal()]);
  const invite = await changeInvite(
    session,
    {
      ...completed,
      // The AWS SDK repeats a call whose answer is lost. It must not create a second invite.
      idempotency_key: newState(),
      ...(principal === undefined ? {} : { principal }),
    },
    `Creating an invite for ${request.connection}`,
  );
  const { email, email_domain: emailDomain, org_id: orgId } = request.expect ?? {};
  terminal.print(
    options.json === true
      ? JSON.stringify(invite, undefined, 2)
      : composeInviteMessage({
          ...{ connection: invite.connection, url: invite.url, expiresAt: invite.expires_at },
          expect: {
            ...(email === undefined ? {} : { email }),
            ...(emailDomain === undefined ? {} : { emailDomain }),
            ...(orgId === undefined ? {} : { orgId }),
          },
        }),
  );
  reportInvite(session, invite, request);
  await warnOfLimits(session, invite, earlier);
  if (!earlier.some((each) => each.client === invite.client && each.status === 'authorized')) {
    terminal.info(
      `The client ${invite.client} must have this redirect URI in Zoho's API console: ${url}/callback`,
    );
  }
  return 0;
}

/** Adds the client, the scopes and the data center, if they are not given. ConsentApi does not know what the stack declares. */
async function complete(session: Session, request: InviteRequest): Promise<CreateInviteRequest> {
  if (request.create === true)
    return { ...request, client: request.client ?? (await chooseClient(session, request)) };
  const { row, source, dataCenter, scopes: expected } = await findConnection(session, request.connection);
  const [scopes] = [request.scopes ?? [], expected, parseScopes(row?.scope ?? '')].filter(
    (some) => some.length > 0,
  );
  if (scopes === undefined) {
    throw new UsageError(
      `The scopes of ${request.connection} are not known.`,
      'Use --scope, for example --scope ZohoCRM.modules.ALL.',
    );
  }
  const client = request.client ?? row?.client ?? (await chooseClient(session, request));
  const declared = source === 'declared' ? dataCenter : undefined;
  const place = request.data_center ?? declared;
  return { ...request, client, scopes: [...scopes], ...(place === undefined ? {} : { data_center: place }) };
}

/** The only client, or the one that the user chooses. */
async function chooseClient(session: Session, { connection }: InviteRequest): Promise<string> {
  const { secretPrefix } = await session.deployment();
  const clients = await listSecretsOf(session.aws.secretsManager, secretPrefix, 'client');
  const [first, second] = clients;
  if (first === undefined) {
    throw new CliError(
      'An invite needs a shared client, and there is none.',
      'Register a server-based client in the API console of Zoho, and add it: zoho-tokens client add acme-app --data-center eu',
    );
  }
  if (second === undefined) return first;
  return await session.runtime.terminal.prompts.select({
    message: `With which client should ${connection} be authorized?`,
    withoutTerminal: `Use --client with one of: ${clients.slice(0, 20).join(', ')}.`,
    options: clients.map((value) => ({ value, label: value })),
  });
}

function reportInvite(
  { runtime: { terminal, clock } }: Session,
  invite: CreatedInvite,
  { expect, mode }: InviteRequest,
): void {
  const { dim, yellow } = terminal.infoColors;
  const left = formatDuration(Date.parse(invite.expires_at) - clock.now());
  terminal.info(
    `invited: ${invite.connection}, with client ${invite.client}. Invite ${invite.id} expires in ${left}. Its link is not shown again.`,
  );
  if (mode === 'confirm') {
    terminal.info(
      `Nothing is stored before you confirm who consented: zoho-tokens confirm ${invite.connection}`,
    );
  } else if (expect === undefined) {
    terminal.info(
      yellow(
        'Anyone who has the link can consent, for any organization. To check who consents, use --expect-email, --expect-domain, --expect-org or --confirm.',
      ),
    );
  }
  terminal.info(
    dim(
      `  To see what becomes of it: zoho-tokens invites ${invite.connection}. To withdraw it: zoho-tokens cancel ${argumentFor(invite)}`,
    ),
  );
}

/** Both limits of Zoho's look like a refusal, or end another connection without notice. */
async function warnOfLimits(
  session: Session,
  { client, grants_of_user: grants = 0 }: CreatedInvite,
  earlier: readonly InviteView[],
): Promise<void> {
  const { terminal } = session.runtime;
  const open = 1 + earlier.filter((each) => each.client === client && isUsable(each)).length;
  if (open > MOST_CODES) {
    terminal.info(
      terminal.infoColors.yellow(
        `${open} invites of the client ${client} are open. Zoho gives a client ${MOST_CODES} codes in 10 minutes, and answers more as if the user had refused. Send at most ${MOST_CODES} links in 10 minutes, or use several clients.`,
      ),
    );
  }
  if (grants >= MANY_GRANTS) {
    terminal.info(
      terminal.infoColors.yellow(
        `The invited user has ${grants} refresh tokens of the client ${client}. Zoho keeps ${MOST_CONSENTS} per user and client, and ends the oldest at the next. Use another client soon.`,
      ),
    );
    return;
  }
  const rows = await session.list();
  const users = rows.filter((row) => !('malformed' in row) && row.client === client).length;
  if (users >= MANY_GRANTS) {
    terminal.info(
      terminal.infoColors.yellow(
        `${users} connections use the client ${client}. Zoho keeps ${MOST_CONSENTS} refresh tokens per user and client, and ends the oldest at the next: one user should consent to at most ${MOST_CONSENTS} of them.`,
      ),
    );
  }
}
