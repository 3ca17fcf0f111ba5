import type { DeployedConsent } from '../deployment/deployment.ts';
import { argumentFor, isAwaiting, isUsable } from '../invites/next-step.ts';
import type { ReadInvites } from '../invites/read-invites.ts';
import { describeUser } from '../invites/render-invites.ts';
import type { Session } from '../session.ts';
import { type Finding, fail, pass, unavailable } from './finding.ts';

/** What the consent pages answered. */
export type PagesAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly isPage: boolean }
  | { readonly kind: 'unreachable' };

/** A link that no invite has. */
const NO_INVITE = '/i/doctor';

/** Asks the consent pages for an invite that does not exist. */
export async function readPages(session: Session, { url }: DeployedConsent): Promise<PagesAnswer> {
  try {
    const answer = await session.runtime.fetch(`${url}${NO_INVITE}`, {
      redirect: 'manual',
      signal: session.signal(),
    });
    const isPage = answer.headers.get('content-type')?.startsWith('text/html') === true;
    await answer.body?.cancel();
    return { kind: 'answered', status: answer.status, isPage };
  } catch {
    return { kind: 'unreachable' };
  }
}

/** Whether the consent pages work for a browser. */
export function judgePages({ url }: DeployedConsent, answer: PagesAnswer): Finding {
  if (!URL.canParse(url)) {
    return fail(
      'the SSM parameter consent-url of the deployment is not an address (value omitted)',
      'Deploy again to restore it.',
    );
  }
  const { host } = new URL(url);
  if (answer.kind === 'unreachable') {
    return fail(
      `the consent pages cannot be reached at ${host}`,
      `Check the DNS record of ${host}, and that your network lets you reach it.`,
    );
  }
  if (answer.status === 404 && answer.isPage) {
    return pass(`the consent pages answer at ${host}`, [
      `each client needs the redirect URI ${url}/callback at Zoho; that cannot be checked from here`,
    ]);
  }
  if (answer.status === 429 || answer.status === 503) {
    return fail(
      `the consent pages at ${host} are overloaded (HTTP ${answer.status})`,
      'Try again in a minute. If it lasts, see docs/runbooks/ConsentThrottled.md.',
    );
  }
  return fail(
    `${host} does not answer with the consent pages (HTTP ${answer.status})`,
    `Check that the DNS record of ${host} points to the API of this deployment, and read the log of ConsentPages.`,
  );
}

/** Whether ConsentApi answers, an invite waits for an operator, and the clients of open invites exist. */
export async function judgeInvites(
  connection: string,
  answer: ReadInvites,
  hasClient: (name: string) => Promise<boolean>,
): Promise<Finding> {
  if (answer.kind === 'failed') {
    return fail(
      `ConsentApi does not answer: ${answer.error.message}`,
      answer.error.nextStep ?? 'Read its log.',
    );
  }
  if (answer.kind === 'unavailable') return unavailable('the invites', answer.error);
  const waiting = answer.value.filter(isAwaiting);
  const usable = answer.value.filter(isUsable);
  const clients = [...new Set(usable.map(({ client }) => client))];
  const known = await Promise.all(clients.map(hasClient));
  const lost = clients.filter((_, at) => known[at] === false);
  const [first] = waiting;
  if (first !== undefined) {
    return fail(
      `${waiting.length === 1 ? 'an invite waits' : `${waiting.length} invites wait`} for confirmation: ${describeUser(first.consented_by)} consented`,
      `Look at it and store or refuse it: zoho-tokens confirm ${argumentFor(first)}, or zoho-tokens reject ${argumentFor(first)}`,
    );
  }
  if (lost.length > 0) {
    return fail(
      `open invites of ${connection} need the client ${lost.join(', ')}, which does not exist`,
      `Add it again: zoho-tokens client add ${lost[0]} --data-center …, or withdraw them: zoho-tokens cancel ${connection} --all`,
    );
  }
  return pass(
    usable.length === 0
      ? 'no invite is open'
      : `${usable.length} open invite${usable.length === 1 ? '' : 's'}`,
  );
}
